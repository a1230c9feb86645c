import { z } from 'zod'
import { type Database, empty, raw, sql } from '../../foundation/database.js'
import { Bounce, type BounceDecision, type BounceKind } from './schema.js'

const columns =
  raw(`b.id, b.subscriber_id as "readerId", s.email, b.issue_id as "issueId", b.at, b.kind, b.nature, b.code,
  b.reason, b.decision, b.source, b.raw`)

const Bounces = z.array(Bounce)
const Count = z.object({ count: z.int() })
const Id = z.object({ id: z.string() }).optional()
const Counts = z.array(z.object({ kind: z.string(), decision: z.string(), count: z.int() }))

export type NewBounce = Omit<Bounce, 'email'> & { once: string }

/** Where a page of what came back begins: after a row, by its time and id. */
export interface BouncePlace {
  at: string
  id: string
}

export function bouncesRepository(db: Database) {
  return {
    /** @returns false when it is known already */
    async add(bounce: NewBounce): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into bounces (id, subscriber_id, issue_id, at, kind, nature, code, reason, decision, source, raw, once)
        values (${bounce.id}, ${bounce.readerId}, ${bounce.issueId}, ${bounce.at}, ${bounce.kind}, ${bounce.nature},
          ${bounce.code}, ${bounce.reason}, ${bounce.decision}, ${bounce.source}, ${bounce.raw}, ${bounce.once})
        on conflict (once) do nothing`)
      return changes > 0
    },

    async isKnown(once: string): Promise<boolean> {
      return (await db.get(sql`select 1 as one from bounces where once = ${once}`)) !== undefined
    },

    /** How many mails to a reader came back softly between two instants, and since the address was last taken off the list. */
    async countSoft(readerId: string, since: string, until: string): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from bounces
        where subscriber_id = ${readerId} and kind = 'soft' and at > ${since} and at <= ${until}
          and at > coalesce((select max(at) from consents where subscriber_id = ${readerId} and event = 'lifted'), '')`)
      return Count.parse(row).count
    },

    async issueOfNumber(number: number): Promise<string | undefined> {
      return Id.parse(await db.get(sql`select id from issues where number = ${number}`))?.id
    },

    /** What came back, newest first. */
    async page(
      filter: { kind?: BounceKind | undefined; decision?: BounceDecision | undefined },
      before: BouncePlace | undefined,
      limit: number,
    ): Promise<Bounce[]> {
      const kind = filter.kind ? sql`and b.kind = ${filter.kind}` : empty
      const decision = filter.decision ? sql`and b.decision = ${filter.decision}` : empty
      const place = before ? sql`and (b.at, b.id) < (${before.at}, ${before.id})` : empty
      return Bounces.parse(
        await db.all(sql`
          select ${columns} from bounces as b left join subscribers as s on s.id = b.subscriber_id
          where 1 = 1 ${kind} ${decision} ${place} order by b.at desc, b.id desc limit ${limit}`),
      )
    },

    /** What came back from a reader, newest first. */
    async ofReader(readerId: string, limit: number): Promise<Bounce[]> {
      return Bounces.parse(
        await db.all(sql`
          select ${columns} from bounces as b join subscribers as s on s.id = b.subscriber_id
          where b.subscriber_id = ${readerId} order by b.at desc, b.id desc limit ${limit}`),
      )
    },

    async counts(since: string): Promise<z.infer<typeof Counts>> {
      return Counts.parse(
        await db.all(sql`
          select kind, decision, count(*) as count from bounces where at > ${since} group by kind, decision limit 20`),
      )
    },

    /** Forgets some of what decided nothing and is old. */
    async forgetNotes(before: string, limit: number): Promise<void> {
      await db.run(sql`
        delete from bounces where id in (
          select id from bounces where decision = 'noted' and at < ${before} order by at, id limit ${limit})`)
    },
  }
}
