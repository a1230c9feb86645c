import type { Article, ArticlesService } from '../../articles/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import type { SiteService } from '../../site/index.js'
import { type NewsletterSettings, newsletterSettings } from '../settings.js'
import { digestAudience, digestContent, MOST_ARTICLES } from './content.js'
import { type DigestKind, digestKinds, lastDue, lengthOf, nextDue } from './periods.js'
import { digestsRepository } from './repository.js'
import type { Sender } from './schema.js'

export interface DigestServices {
  db: Database
  clock: Clock
  site: SiteService
  articles: ArticlesService
  sender: Sender
  log: Log
  /** the site's origin, without a slash at its end */
  siteUrl: string
}

export type DigestsService = ReturnType<typeof digestsService>

// An article's date is taken a moment before it can be read.
const OVERLAP = 10 * 60_000

/** The daily and the weekly digest, made by the clock while the program listens. */
export function digestsService({ db, clock, site, articles, sender, log, siteUrl }: DigestServices) {
  const now = () => clock().toISOString()

  const before = (instant: string, milliseconds: number) =>
    new Date(Date.parse(instant) - milliseconds).toISOString()

  const isOn = (settings: NewsletterSettings) => digestKinds.filter(kind => settings[kind].on)

  const due = async (kind: DigestKind, settings: NewsletterSettings) => {
    const { dates } = await site.site()
    return lastDue(kind, settings, dates, now())
  }

  /** What was published since the last digest of a kind, the newest first; the first time, for a day or a week. */
  const fresh = async (tx: Database, kind: DigestKind): Promise<Article[]> => {
    const repository = digestsRepository(tx)
    const reached = await repository.through(kind, now())
    const from = reached ? before(reached, OVERLAP) : before(now(), lengthOf[kind])
    const found = await articles.reading.newest(
      { kind: 'span', from, to: before(now(), -1) },
      2 * MOST_ARTICLES,
    )
    const known = await repository.digested(
      kind,
      found.map(({ id }) => id),
    )
    return found.filter(({ id }) => !known.has(id))
  }

  /** @returns the issue; null when there is nothing to tell, or nobody to tell it to */
  const sent = async (tx: Database, kind: DigestKind, found: Article[]): Promise<string | null> => {
    const audience = digestAudience(kind, found)
    if (found.length === 0 || (await sender.countAudience(audience)) === 0) return null
    return sender.sendNow(tx, digestContent(found, siteUrl), audience, kind)
  }

  /** The digest of a period is the row that claims it, the issue and its mailing: all of them, or none. */
  const make = async (kind: DigestKind, period: string): Promise<void> => {
    await db.transaction(async tx => {
      const repository = digestsRepository(tx)
      if (!(await repository.claim(kind, period, now()))) return
      const found = await fresh(tx, kind)
      const issueId = await sent(tx, kind, found)
      await repository.finish(kind, period, { through: now(), issueId })
    })
    sender.wake()
  }

  const makeDue = async (): Promise<void> => {
    const settings = await newsletterSettings(db)
    for (const kind of isOn(settings)) {
      const period = await due(kind, settings)
      if (!period || (await digestsRepository(db).isDone(kind, period.name))) continue
      // What the same clock should have published by now belongs into it.
      await articles.schedule.publishDue()
      await make(kind, period.name)
    }
  }

  const next = async (): Promise<string | undefined> => {
    const [settings, { dates }] = [await newsletterSettings(db), await site.site()]
    const all = isOn(settings).flatMap(kind => nextDue(kind, settings, dates, now())?.due ?? [])
    return all.sort()[0]
  }

  const { round, start, wake, stop } = rounds({
    work: makeDue,
    next,
    failure: 'a digest could not be made',
    clock,
    log,
  })

  return {
    /** Makes what is due now: of each kind one at most, however long the program stood still. */
    makeDue: round,
    ...{ start, wake, stop, next },

    /**
     * Sees to it, in the transaction that changes the settings, that a digest whose time has passed by the new settings does not
     * go out at once: it goes out at its next time, with what is new by then.
     */
    async settle(tx: Database, old: NewsletterSettings, changed: NewsletterSettings): Promise<void> {
      for (const kind of isOn(changed)) {
        if (JSON.stringify(old[kind]) === JSON.stringify(changed[kind])) continue
        const period = await due(kind, changed)
        const repository = digestsRepository(tx)
        const reached = (await repository.through(kind, now())) ?? null
        if (!period || !(await repository.claim(kind, period.name, now()))) continue
        // What was published while it was off is too much for one mail.
        const recent = before(now(), lengthOf[kind])
        const through = !old[kind].on && (reached ?? '') < recent ? recent : reached
        await repository.finish(kind, period.name, { through, issueId: null })
      }
    },

    /**
     * Keeps digests whose time has passed from going out, in the transaction that notices a restore: they may have gone out
     * from where the backup was taken. @returns how many
     */
    async holdOverdue(tx: Database): Promise<number> {
      const settings = await newsletterSettings(tx)
      let held = 0
      for (const kind of isOn(settings)) {
        const period = await due(kind, settings)
        const repository = digestsRepository(tx)
        if (!period || !(await repository.claim(kind, period.name, now()))) continue
        await repository.finish(kind, period.name, { through: period.due, issueId: null })
        held += 1
      }
      return held
    },
  }
}
