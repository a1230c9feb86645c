import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { createDates, type Dates } from '../foundation/dates.js'
import { createMarkdown, type Markdown } from '../foundation/markdown/markdown.js'
import { siteRepository } from './repository.js'
import { Identity, type StandingPage } from './schema.js'

export interface SiteServices {
  db: Database
  clock: Clock
  ids: Ids
}

/** The site as pages need it: who it is, how it writes dates, how it reads Markdown. */
export interface Site {
  identity: Identity
  /** `ltr` or `rtl`, by the language's script */
  direction: 'ltr' | 'rtl'
  dates: Dates
  markdown: Markdown
}

export type SiteService = ReturnType<typeof siteService>

export function siteService({ db, clock, ids }: SiteServices) {
  const repository = siteRepository(db)
  let known: { stored: string; site: Site } | undefined

  return {
    /** True until somebody, or the sample edition, has said who this site is. */
    async isEmpty(): Promise<boolean> {
      return (await repository.setting('identity')) === undefined
    },

    /** The site as it stands. Reading it costs one row; formats and parsers are made once for each change. */
    async site(): Promise<Site> {
      const stored = (await repository.setting('identity')) ?? '{}'
      if (known?.stored !== stored) known = { stored, site: describe(Identity.parse(JSON.parse(stored))) }
      return known.site
    },

    async saveIdentity(identity: Identity): Promise<void> {
      await db.transaction(async tx => {
        await siteRepository(tx).saveSetting('identity', JSON.stringify(identity))
        await siteRepository(tx).saveLastChange(clock().toISOString())
      })
    },

    async standingPage(slug: string): Promise<StandingPage | undefined> {
      return repository.standingPage(slug)
    },

    async standingPages(): Promise<StandingPage[]> {
      return repository.standingPages()
    },

    async saveStandingPage(page: Omit<StandingPage, 'id' | 'changed'>): Promise<void> {
      const changed = clock().toISOString()
      await db.transaction(async tx => {
        await siteRepository(tx).saveStandingPage({ ...page, id: ids(), changed })
        await siteRepository(tx).saveLastChange(changed)
      })
    },

    /** Notes in the transaction of a change that readers will see it. */
    async contentChanged(tx: Database): Promise<void> {
      await siteRepository(tx).saveLastChange(clock().toISOString())
    },

    /** When anything that readers see last changed, ISO 8601; undefined before anything did. */
    async lastChange(): Promise<string | undefined> {
      return repository.lastChange()
    },
  }
}

const rightToLeftScripts = new Set(['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg'])

function describe(identity: Identity): Site {
  const dates = createDates(identity.language, identity.timeZone)
  const { script } = new Intl.Locale(identity.language).maximize()
  return {
    identity,
    direction: rightToLeftScripts.has(script ?? '') ? 'rtl' : 'ltr',
    dates,
    markdown: createMarkdown({ language: identity.language, date: dates.date }),
  }
}
