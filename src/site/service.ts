import { createHash } from 'node:crypto'
import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { createDates, type Dates } from '../foundation/dates.js'
import type { Actor } from '../foundation/desk.js'
import { Conflict } from '../foundation/errors.js'
import { createMarkdown, type Markdown } from '../foundation/markdown/markdown.js'
import { type AccentStyle, accentStyle } from './look/accent.js'
import { siteRepository } from './repository.js'
import { Identity, type StandingPage } from './schema.js'

export interface SiteServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  /** told in the transaction which picture of the library is the logo now */
  logoChosen?: (tx: Database, mediaId: string | null) => Promise<void>
  /** told once a change of the identity stands */
  identityChanged?: (site: Site) => Promise<void>
}

/** The site as pages need it: who it is, how it writes dates, how it reads Markdown. */
export interface Site {
  identity: Identity
  /** `ltr` or `rtl`, by the language's script */
  direction: 'ltr' | 'rtl'
  dates: Dates
  /** the paper's own colour, where it has one */
  accent: AccentStyle | undefined
  markdown: Markdown
}

export type SiteService = ReturnType<typeof siteService>

/** A part of the identity that editors change as one, and how its state is named. */
export interface Part {
  name: string
  title: string
  of(identity: Identity): unknown
}

/** Names a state, so that a change is made to what its editor saw. */
export function versionOf(state: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(state) ?? '')
    .digest('base64url')
    .slice(0, 22)
}

export function siteService({ db, clock, ids, audit, ...told }: SiteServices) {
  const { logoChosen = async () => {}, identityChanged = async () => {} } = told
  const repository = siteRepository(db)
  let known: { stored: string; site: Site } | undefined

  const identityNow = repository.watchSetting('identity')
  const lastChange = repository.watchLastChange()

  /** The site as it stands. It is read again once anybody has committed; formats and parsers are made once for each change. */
  async function site(): Promise<Site> {
    const stored = identityNow()
    if (known?.stored !== stored) known = { stored, site: describe(Identity.parse(JSON.parse(stored))) }
    return known.site
  }

  return {
    site,

    /** True until somebody, or the sample edition, has said who this site is. */
    async isEmpty(): Promise<boolean> {
      return (await repository.setting('identity')) === undefined
    },

    async saveIdentity(identity: Identity): Promise<void> {
      await db.transaction(async tx => {
        await siteRepository(tx).saveSetting('identity', JSON.stringify(identity))
        await logoChosen(tx, identity.logo)
        await siteRepository(tx).noteChange(clock().toISOString())
      })
      await identityChanged(await site())
    },

    /**
     * Changes a part of the identity.
     * @param version names the state that the change was made to
     * @returns the id by which the change can be taken back; undefined when nothing changed
     * @throws Conflict when the part has changed since
     */
    async changePart(
      actor: Actor,
      part: Part,
      version: string,
      changed: Partial<Identity>,
    ): Promise<string | undefined> {
      let undo: string | undefined
      await db.transaction(async tx => {
        const repository = siteRepository(tx)
        const stored = (await repository.setting('identity')) ?? '{}'
        const before = Identity.parse(JSON.parse(stored))
        if (versionOf(part.of(before)) !== version) throw new Conflict()
        const after = JSON.stringify(Identity.parse({ ...before, ...changed }))
        if (after === JSON.stringify(before)) return
        undo = ids()
        const at = clock().toISOString()
        const afterMark = versionOf(after)
        await repository.keepBefore({ id: undo, name: 'identity', value: stored, afterMark, at })
        await repository.saveSetting('identity', after)
        await logoChosen(tx, Identity.parse(JSON.parse(after)).logo)
        const subject = { kind: 'site', id: part.name, label: part.title }
        await audit.record(tx, actor, { action: 'site-changed', subject })
        await repository.noteChange(at)
      })
      if (undo) await identityChanged(await site())
      return undo
    },

    /** Takes a change of the identity back. @throws Conflict when something else was changed after it */
    async takeBack(actor: Actor, undo: string): Promise<void> {
      await db.transaction(async tx => {
        const repository = siteRepository(tx)
        const before = await repository.before(undo)
        const now = await repository.setting('identity')
        if (!before || versionOf(now) !== before.afterMark)
          throw new Conflict('The site was changed again since. Change it back by hand.')
        await repository.saveSetting('identity', before.value)
        await logoChosen(tx, Identity.parse(JSON.parse(before.value)).logo)
        const subject = { kind: 'site', id: 'identity', label: 'Site' }
        await audit.record(tx, actor, { action: 'site-change-taken-back', subject })
        await repository.noteChange(clock().toISOString())
      })
      await identityChanged(await site())
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
        await siteRepository(tx).noteChange(changed)
      })
    },

    /** The address that a standing page has now, by one that it had before. */
    async currentPageSlug(former: string): Promise<string | undefined> {
      return repository.currentPageSlug(former)
    },

    /** Notes in the transaction of a change that readers will see it. */
    async contentChanged(tx: Database): Promise<void> {
      await siteRepository(tx).noteChange(clock().toISOString())
    },

    /** Counts the changes of what readers see, whichever process made them. */
    contentVersion: repository.watchVersion(),

    /** The same as a transaction sees it. */
    contentVersionIn: (tx: Database): Promise<number> => siteRepository(tx).version(),

    /** When anything that readers see last changed, ISO 8601; undefined before anything did. */
    async lastChange(): Promise<string | undefined> {
      return lastChange() ?? undefined
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
    accent: identity.accent ? accentStyle(identity.accent) : undefined,
    markdown: createMarkdown({ language: identity.language, date: dates.date }),
  }
}
