import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'
import { Suppression } from './schema.js'

const columns = sql`hash, email, reason, detail, at`

const MaybeSuppression = Suppression.optional()
const Suppressions = z.array(Suppression)
const Row = z.object({ hash: z.string() })
const Rows = z.array(Row)
const Readers = z.array(z.object({ id: z.string(), key: z.string() }))
const Counts = z.array(z.object({ reason: z.string(), count: z.int() }))

/** Where a page of the list begins: after a row, by what the list is sorted by and the hash. */
export interface Place {
  by: string
  hash: string
}

export function suppressionsRepository(db: Database) {
  return {
    async byHash(hash: string): Promise<Suppression | undefined> {
      return MaybeSuppression.parse(
        await db.get(sql`select ${columns} from suppressions where hash = ${hash}`),
      )
    },

    /** The first reason stands, except that an erased reader's address is forgotten. @returns whether anything was written */
    async add({ hash, email, reason, detail, at }: Suppression): Promise<boolean> {
      if (reason === 'erased') await db.run(sql`delete from lifted_suppressions where hash = ${hash}`)
      const { changes } = await db.run(sql`
        insert into suppressions (hash, email, reason, detail, at)
        values (${hash}, ${email}, ${reason}, ${detail}, ${at})
        on conflict (hash) do update set email = null, detail = '', reason =
          case when suppressions.reason in ('complaint', 'editor') then suppressions.reason else 'erased' end
          where excluded.reason = 'erased'`)
      return changes > 0
    },

    async remove(hash: string): Promise<boolean> {
      return (
        Row.optional().parse(
          await db.get(sql`delete from suppressions where hash = ${hash} returning hash`),
        ) !== undefined
      )
    },

    /** Marks the reader of an address, if there is one. @returns the reader's id */
    async mark(addressKey: string, reason: string | null): Promise<string | undefined> {
      const row = await db.get(
        sql`update subscribers set suppressed = ${reason} where email_key = ${addressKey} returning id`,
      )
      return z.object({ id: z.string() }).optional().parse(row)?.id
    },

    /** The list, newest first. */
    async newest(before: Place | undefined, limit: number): Promise<Suppression[]> {
      const place = before ? sql`where (at, hash) < (${before.by}, ${before.hash})` : sql``
      return Suppressions.parse(
        await db.all(
          sql`select ${columns} from suppressions ${place} order by at desc, hash desc limit ${limit}`,
        ),
      )
    },

    /** Those whose address begins with a text in small letters, by their addresses. */
    async beginningWith(start: string, after: Place | undefined, limit: number): Promise<Suppression[]> {
      const from = after
        ? sql`(lower(email), hash) > (${after.by}, ${after.hash})`
        : sql`lower(email) >= ${start}`
      return Suppressions.parse(
        await db.all(sql`
          select ${columns} from suppressions where ${from} and lower(email) < ${`${start}\u{10ffff}`}
          order by lower(email), hash limit ${limit}`),
      )
    },

    async counts(): Promise<{ reason: string; count: number }[]> {
      return Counts.parse(
        await db.all(sql`select reason, count(*) as count from suppressions group by reason limit 20`),
      )
    },

    /** The whole list in a steady order, by pieces. */
    async after(hash: string, limit: number): Promise<Suppression[]> {
      return Suppressions.parse(
        await db.all(
          sql`select ${columns} from suppressions where hash > ${hash} order by hash limit ${limit}`,
        ),
      )
    },

    /** Which of these are on the list. */
    async among(hashes: string[]): Promise<Set<string>> {
      if (hashes.length === 0) return new Set()
      const rows = await db.all(sql`select hash from suppressions where hash in (${join(hashes)})`)
      return new Set(Rows.parse(rows).map(({ hash }) => hash))
    },

    /** Which of these addresses are readers'. */
    async readersAmong(keys: string[]): Promise<string[]> {
      if (keys.length === 0) return []
      const rows = await db.all(
        sql`select id, email_key as "key" from subscribers where email_key in (${join(keys)})`,
      )
      return Readers.parse(rows).map(({ key }) => key)
    },

    /** Readers whose row does not tell of a suppression, by pieces. */
    async unmarkedAfter(id: string, limit: number): Promise<{ id: string; key: string }[]> {
      return Readers.parse(
        await db.all(sql`
          select id, email_key as "key" from subscribers where id > ${id} and suppressed is null
          order by id limit ${limit}`),
      )
    },

    /** Remembers for a while what was taken off the list, and forgets what was so before an instant. */
    async remember(
      { hash, email, reason, detail, at }: Suppression,
      lifted: string,
      forget: string,
    ): Promise<void> {
      await db.run(sql`delete from lifted_suppressions where lifted < ${forget}`)
      await db.run(sql`
        insert into lifted_suppressions (hash, email, reason, detail, at, lifted)
        values (${hash}, ${email}, ${reason}, ${detail}, ${at}, ${lifted})
        on conflict (hash) do update set reason = excluded.reason, detail = excluded.detail, lifted = excluded.lifted`)
    },

    /** Gives back what was taken off the list since an instant. */
    async recall(hash: string, since: string): Promise<Suppression | undefined> {
      return MaybeSuppression.parse(
        await db.get(sql`
          delete from lifted_suppressions where hash = ${hash} and lifted >= ${since} returning ${columns}`),
      )
    },
  }
}
