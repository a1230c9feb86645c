import { z } from 'zod'
import { type Database, raw, sql } from '../../foundation/database.js'

const Sealed = z.object({ sealed: z.string() }).optional()
const Hashes = z.array(z.object({ hash: z.string() }))

/** The tables that know addresses by their hashes for longer than a day. */
const tables = ['suppressions', 'lifted_suppressions'] as const

const BATCH = 10_000

export function foldingRepository(db: Database) {
  return {
    async sealedKeys(): Promise<string | undefined> {
      return Sealed.parse(await db.get(sql`select sealed from folding_keys where only = 1`))?.sealed
    },

    async saveSealedKeys(sealed: string): Promise<void> {
      await db.run(sql`
        insert into folding_keys (only, sealed) values (1, ${sealed})
        on conflict (only) do update set sealed = excluded.sealed`)
    },

    /** Puts another hash in the place of each. */
    async changeHashes(change: (hash: string) => string): Promise<void> {
      for (const table of tables.map(name => raw(name))) {
        // All of them first: a row that was changed stands elsewhere in their order.
        const hashes: string[] = []
        for (let after = ''; ; after = hashes.at(-1) ?? '') {
          const rows = Hashes.parse(
            await db.all(sql`select hash from ${table} where hash > ${after} order by hash limit ${BATCH}`),
          )
          hashes.push(...rows.map(({ hash }) => hash))
          if (rows.length < BATCH) break
        }
        for (const hash of hashes)
          await db.run(sql`update ${table} set hash = ${change(hash)} where hash = ${hash}`)
      }
    },
  }
}
