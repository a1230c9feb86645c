import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { Suppression } from './schema.js'

const MaybeSuppression = Suppression.optional()
const Row = z.object({ hash: z.string() })

export function suppressionsRepository(db: Database) {
  return {
    async byHash(hash: string): Promise<Suppression | undefined> {
      return MaybeSuppression.parse(
        await db.get(sql`select hash, email, reason, detail, at from suppressions where hash = ${hash}`),
      )
    },

    /** The first reason stands, except that an erased reader's address is forgotten. */
    async add({ hash, email, reason, detail, at }: Suppression): Promise<void> {
      await db.run(sql`
        insert into suppressions (hash, email, reason, detail, at)
        values (${hash}, ${email}, ${reason}, ${detail}, ${at})
        on conflict (hash) do update set email = null, detail = '', reason =
          case when suppressions.reason in ('complaint', 'editor') then suppressions.reason else 'erased' end
          where excluded.reason = 'erased'`)
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
  }
}
