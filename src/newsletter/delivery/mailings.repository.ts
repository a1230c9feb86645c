import { z } from 'zod'
import { type Database, join, raw, sql } from '../../foundation/database.js'
import { type Change, FrozenLetter, Mailing, type MailingState, Queueing } from './schema.js'

const columns =
  raw(`m.issue_id as "issueId", m.number, m.state, m.subject, m.queued, m.accepted, m.failed, m.unknown,
  m.created, m.started, m.finished, m.per_minute as "perMinute"`)

const Mailings = z.array(Mailing)
const AllQueueing = z.array(Queueing)
const Sums = z.object({ queued: z.int(), accepted: z.int(), failed: z.int(), unknown: z.int() })
const Named = z.array(z.object({ issueId: z.string() }))

/** Issues under way. */
export function mailingsRepository(db: Database) {
  return {
    async add(
      mailing: Omit<FrozenLetter, 'started'> & { frequency: string | null; sections: string[] },
    ): Promise<void> {
      const { issueId, number, fromName, subject, html, text, frequency, sections, created } = mailing
      await db.run(sql`
        insert into mailings (issue_id, number, state, from_name, subject, html, text, frequency, sections, created)
        values (${issueId}, ${number}, 'queueing', ${fromName}, ${subject}, ${html}, ${text}, ${frequency},
          ${JSON.stringify(sections)}, ${created})`)
    },

    async byIssues(ids: string[]): Promise<Mailing[]> {
      if (ids.length === 0) return []
      return Mailings.parse(
        await db.all(sql`select ${columns} from mailings as m where m.issue_id in (${join(ids)})`),
      )
    },

    /** The mailing of an issue that is called by its number, its slug or its id. */
    async called(name: string): Promise<Mailing | undefined> {
      const number = /^\d{1,9}$/.test(name) ? Number(name) : -1
      const [first] = Mailings.parse(
        await db.all(sql`
          select ${columns} from mailings as m join issues as i on i.id = m.issue_id
          where m.number = ${number} or i.id = ${name} or i.slug = ${name} order by m.number limit 1`),
      )
      return first
    },

    /** Those that are not done, or the newest. */
    async current(limit: number): Promise<Mailing[]> {
      const open = Mailings.parse(
        await db.all(sql`
          select ${columns} from mailings as m where m.state in ('queueing', 'sending', 'paused', 'held')
          order by m.number desc limit ${limit}`),
      )
      if (open.length) return open
      return Mailings.parse(
        await db.all(sql`select ${columns} from mailings as m order by m.number desc limit 1`),
      )
    },

    async letter(issueId: string): Promise<FrozenLetter | undefined> {
      return FrozenLetter.optional().parse(
        await db.get(sql`
          select issue_id as "issueId", number, from_name as "fromName", subject, html, text, created, started
          from mailings where issue_id = ${issueId}`),
      )
    },

    async inState(state: MailingState, limit: number): Promise<Mailing[]> {
      return Mailings.parse(
        await db.all(
          sql`select ${columns} from mailings as m where m.state = ${state} order by m.number limit ${limit}`,
        ),
      )
    },

    /** Whether there is anything to do for a worker. */
    async anyUnderWay(): Promise<boolean> {
      const row = await db.get(
        sql`select 1 as one from mailings where state in ('queueing', 'sending') limit 1`,
      )
      return row !== undefined
    },

    /** Cancelled ones whose rows still wait. */
    async toClear(limit: number): Promise<string[]> {
      return Named.parse(
        await db.all(sql`
          select issue_id as "issueId" from mailings where state = 'cancelled' and queued > 0 order by number limit ${limit}`),
      ).map(({ issueId }) => issueId)
    },

    async queueing(limit: number): Promise<Queueing[]> {
      return AllQueueing.parse(
        await db.all(sql`
          select issue_id as "issueId", frequency, sections, queued_to as "queuedTo"
          from mailings where state = 'queueing' order by number limit ${limit}`),
      )
    },

    /** Notes that rows were written, unless somebody stopped it meanwhile or wrote them as well. */
    async queuedTo(mailing: Queueing, to: string, count: number): Promise<boolean> {
      const { changes } = await db.run(sql`
        update mailings set queued_to = ${to}, queued = queued + ${count}
        where issue_id = ${mailing.issueId} and state = 'queueing' and queued_to = ${mailing.queuedTo}`)
      return changes > 0
    },

    /** All rows stand. */
    async begin(issueId: string, now: string): Promise<void> {
      await db.run(sql`
        update mailings set state = 'sending', started = ${now} where issue_id = ${issueId} and state = 'queueing'`)
    },

    async count(
      issueId: string,
      { queued = 0, accepted = 0, failed = 0, unknown = 0 }: Change,
    ): Promise<void> {
      await db.run(sql`
        update mailings set queued = queued + ${queued}, accepted = accepted + ${accepted},
          failed = failed + ${failed}, unknown = unknown + ${unknown}
        where issue_id = ${issueId}`)
    },

    /** Ends those of which nothing waits any more. */
    async finish(now: string): Promise<void> {
      await db.run(sql`
        update mailings set state = 'finished', finished = ${now}, per_minute = null
        where state = 'sending' and queued = 0`)
    },

    async anyDone(): Promise<boolean> {
      const row = await db.get(
        sql`select 1 as one from mailings where state = 'sending' and queued = 0 limit 1`,
      )
      return row !== undefined
    },

    /** @returns whether it was in one of those states */
    async change(issueId: string, from: MailingState[], to: MailingState): Promise<boolean> {
      const { changes } = await db.run(sql`
        update mailings set state = ${to}, per_minute = null where issue_id = ${issueId} and state in (${join(from)})`)
      return changes > 0
    },

    /** Goes on where it was: with its rows, or with its mails. */
    async resume(issueId: string, from: MailingState): Promise<boolean> {
      const { changes } = await db.run(sql`
        update mailings set state = case when started is null then 'queueing' else 'sending' end
        where issue_id = ${issueId} and state = ${from}`)
      return changes > 0
    },

    /** Mails of one that was done wait again. */
    async reopen(issueId: string): Promise<void> {
      await db.run(sql`
        update mailings set state = 'sending', finished = null where issue_id = ${issueId} and state = 'finished'`)
    },

    async cancel(issueId: string, now: string): Promise<boolean> {
      const { changes } = await db.run(sql`
        update mailings set state = 'cancelled', finished = ${now}, per_minute = null
        where issue_id = ${issueId} and state in ('queueing', 'sending', 'paused', 'held')`)
      return changes > 0
    },

    /** Mails of all issues by what became of them so far. */
    async sums(): Promise<Record<'queued' | 'accepted' | 'failed' | 'unknown', number>> {
      return Sums.parse(
        await db.get(sql`
          select coalesce(sum(queued), 0) as queued, coalesce(sum(accepted), 0) as accepted,
            coalesce(sum(failed), 0) as failed, coalesce(sum(unknown), 0) as unknown
          from mailings`),
      )
    },

    async holdAll(): Promise<number> {
      const { changes } = await db.run(sql`
        update mailings set state = 'held', per_minute = null where state in ('queueing', 'sending')`)
      return changes
    },

    async notePace(issueId: string, perMinute: number): Promise<void> {
      await db.run(
        sql`update mailings set per_minute = ${perMinute} where issue_id = ${issueId} and state = 'sending'`,
      )
    },
  }
}
