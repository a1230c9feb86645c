import { z } from 'zod'
import { type Database, empty, sql } from '../../foundation/database.js'
import { type Claimed, ListedDelivery } from './schema.js'

const Marked = z.object({ email: z.string() }).optional()
const Listed = z.array(ListedDelivery)
const Reader = z.object({ email: z.string(), gets: z.int() }).optional()
const Next = z.object({ at: z.string().nullable() })
const Counts = z.array(
  z.object({ issueId: z.string(), number: z.int(), subject: z.string(), count: z.int() }),
)

interface Failure {
  now: string
  reason: string
  relay?: string | undefined
  attempts: number
  /** it was put off for too long; trying again later may help */
  givenUp?: boolean
}

/** What becomes of each reader's copy. Every change names the state it starts from, so that none is made twice. */
export function deliveriesRepository(db: Database) {
  return {
    /**
     * Marks a row as under way, unless the reader or the issue is no longer to be mailed.
     * @returns the address that it goes to; undefined when it is not to go
     */
    async mark({ issueId, readerId }: Claimed, worker: string, now: string): Promise<string | undefined> {
      const row = await db.get(sql`
        update deliveries set state = 'attempting', at = ${now}
        where subscriber_id = ${readerId} and issue_id = ${issueId} and state = 'queued' and worker = ${worker}
          and exists (select 1 from mailings where issue_id = ${issueId} and state = 'sending')
          and exists (select 1 from subscribers where id = ${readerId} and status = 'active' and suppressed is null)
        returning (select email from subscribers where id = ${readerId}) as email`)
      return Marked.parse(row)?.email
    },

    /** Whether a reader is still on the list; undefined: erased. */
    async getsMail(readerId: string): Promise<boolean | undefined> {
      const row = await db.get(sql`
        select email, case when status = 'active' and suppressed is null then 1 else 0 end as gets
        from subscribers where id = ${readerId}`)
      const reader = Reader.parse(row)
      return reader && reader.gets === 1
    },

    async accept(
      { issueId, readerId }: Claimed,
      worker: string,
      now: string,
      relay: string,
    ): Promise<boolean> {
      const { changes } = await db.run(sql`
        update deliveries set state = 'accepted', worker = null, relay = ${relay}, reason = null, at = ${now}
        where subscriber_id = ${readerId} and issue_id = ${issueId} and state = 'attempting' and worker = ${worker}`)
      return changes > 0
    },

    async fail(
      { issueId, readerId }: Claimed,
      worker: string,
      { now, reason, relay, attempts, givenUp = false }: Failure,
    ): Promise<boolean> {
      const { changes } = await db.run(sql`
        update deliveries set state = 'failed', worker = null, relay = ${relay ?? null}, reason = ${reason}, at = ${now},
          attempts = ${attempts}, given_up = ${givenUp ? 1 : null}
        where subscriber_id = ${readerId} and issue_id = ${issueId} and worker = ${worker}
          and state in ('queued', 'attempting')`)
      return changes > 0
    },

    async lose(
      { issueId, readerId }: Claimed,
      worker: string,
      { now, reason, relay }: { now: string; reason: string; relay: string },
    ): Promise<boolean> {
      const { changes } = await db.run(sql`
        update deliveries set state = 'unknown', worker = null, relay = ${relay}, reason = ${reason}, at = ${now},
          decided = null
        where subscriber_id = ${readerId} and issue_id = ${issueId} and state = 'attempting' and worker = ${worker}`)
      return changes > 0
    },

    /** Puts a row back in line. @param attempts how many it has had now */
    async putBack(
      { issueId, readerId }: Claimed,
      worker: string,
      back: { now: string; reason: string | null; attempts: number; nextAttempt: string },
    ): Promise<void> {
      await db.run(sql`
        update deliveries set state = 'queued', worker = null, next_attempt = ${back.nextAttempt},
          attempts = ${back.attempts}, reason = coalesce(${back.reason}, reason), at = ${back.now}
        where subscriber_id = ${readerId} and issue_id = ${issueId} and worker = ${worker}
          and state in ('queued', 'attempting')`)
    },

    /** When the next row of an issue is due, if any waits. */
    async nextAttempt(issueId: string): Promise<string | undefined> {
      const row = await db.get(sql`
        select min(next_attempt) as at from deliveries
        where issue_id = ${issueId} and state = 'queued' and worker is null`)
      return Next.parse(row).at ?? undefined
    },

    /** Fails rows of an issue that nobody is sending. @returns how many */
    async cancel(issueId: string, now: string, limit: number): Promise<number> {
      const waiting = await db.run(sql`
        update deliveries set state = 'failed', reason = 'cancelled', at = ${now}
        where (subscriber_id, issue_id) in (
          select subscriber_id, issue_id from deliveries
          where issue_id = ${issueId} and state = 'queued' and worker is null limit ${limit})`)
      const inHand = await db.run(sql`
        update deliveries set state = 'failed', worker = null, reason = 'cancelled', at = ${now}
        where worker in (select id from mail_workers) and issue_id = ${issueId} and state = 'queued'`)
      return waiting.changes + inHand.changes
    },

    /** A page of the mails that failed or are unknown, in the order of the readers' ids. */
    async list(
      issueId: string,
      state: 'failed' | 'unknown',
      { after, limit }: { after: string; limit: number },
    ): Promise<ListedDelivery[]> {
      return Listed.parse(
        await db.all(sql`
          select d.subscriber_id as "readerId", s.email, d.reason, d.relay, d.attempts, d.at, d.decided
          from deliveries as d join subscribers as s on s.id = d.subscriber_id
          where d.issue_id = ${issueId} and d.state = ${state} and d.subscriber_id > ${after}
          order by d.subscriber_id limit ${limit}`),
      )
    },

    /** Unknown mails that wait for a decision, for each of the newest issues that have any; counted up to a limit. */
    async undecided(issues: number, limit: number) {
      return Counts.parse(
        await db.all(sql`
          select m.issue_id as "issueId", m.number, m.subject, (
            select count(*) from (
              select 1 from deliveries
              where issue_id = m.issue_id and state = 'unknown' and decided is null limit ${limit}) as some) as count
          from mailings as m
          where m.unknown > 0 and exists (
            select 1 from deliveries where issue_id = m.issue_id and state = 'unknown' and decided is null)
          order by m.number desc limit ${issues}`),
      )
    },

    async countUndecided(issueId: string, limit: number): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from (
          select 1 from deliveries
          where issue_id = ${issueId} and state = 'unknown' and decided is null limit ${limit}) as some`)
      return z.object({ count: z.int() }).parse(row).count
    },

    /** Mails that failed only because they were put off for too long, counted up to a limit. */
    async countGivenUp(issueId: string, limit: number): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from (
          select 1 from deliveries where issue_id = ${issueId} and state = 'failed' and given_up = 1 limit ${limit}) as some`)
      return z.object({ count: z.int() }).parse(row).count
    },

    /** Sends unknown mails again: one reader's, or as many as the limit says. @returns how many */
    async sendUnknownAgain(issueId: string, now: string, readerId: string | undefined, limit: number) {
      const one = readerId === undefined ? sql`and decided is null` : sql`and subscriber_id = ${readerId}`
      const { changes } = await db.run(sql`
        update deliveries set state = 'queued', next_attempt = '', attempts = 0, decided = null, at = ${now}
        where (subscriber_id, issue_id) in (
          select subscriber_id, issue_id from deliveries
          where issue_id = ${issueId} and state = 'unknown' ${one} limit ${limit}) and state = 'unknown'`)
      return changes
    },

    async leaveUnknown(issueId: string, now: string, readerId: string | undefined, limit: number) {
      const one = readerId === undefined ? empty : sql`and subscriber_id = ${readerId}`
      const { changes } = await db.run(sql`
        update deliveries set decided = ${now}
        where (subscriber_id, issue_id) in (
          select subscriber_id, issue_id from deliveries
          where issue_id = ${issueId} and state = 'unknown' and decided is null ${one} limit ${limit})
          and state = 'unknown'`)
      return changes
    },

    /** Sends again what failed after attempts that were put off; what was refused or cancelled stays. */
    async sendFailedAgain(issueId: string, now: string, limit: number): Promise<number> {
      const { changes } = await db.run(sql`
        update deliveries set state = 'queued', next_attempt = '', attempts = 0, given_up = null, at = ${now}
        where (subscriber_id, issue_id) in (
          select subscriber_id, issue_id from deliveries
          where issue_id = ${issueId} and state = 'failed' and given_up = 1 limit ${limit}) and state = 'failed'`)
      return changes
    },
  }
}
