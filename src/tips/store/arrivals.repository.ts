import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'
import { type Part, PartKind } from './schema.js'

const Arrival = z.object({ tipId: z.string(), batch: z.number(), kind: PartKind })
export type Arrival = z.infer<typeof Arrival>

const Batch = z.object({ batch: z.number() })

export function arrivalsRepository(db: Database) {
  return {
    /** Gives a tip's next parts a number that nobody else gets. */
    async begin(tipId: string, kind: Part['kind']): Promise<Arrival> {
      const row = await db.get(sql`
        insert into arriving (tip_id, batch, kind)
        select ${tipId}, coalesce(max(batch), 0) + 1, ${kind}
        from (
          select batch from tip_parts where tip_id = ${tipId}
          union all select batch from arriving where tip_id = ${tipId}
        ) as taken
        returning batch`)
      return { tipId, kind, ...Batch.parse(row) }
    },

    async end({ tipId, batch }: Arrival): Promise<void> {
      await db.run(sql`delete from arriving where tip_id = ${tipId} and batch = ${batch}`)
    },

    /** Whether it has neither been entered nor given up. */
    async isUnderWay({ tipId, batch }: Arrival): Promise<boolean> {
      return !!(await db.get(sql`select 1 from arriving where tip_id = ${tipId} and batch = ${batch}`))
    },

    async underWay(kinds: Part['kind'][]): Promise<Arrival[]> {
      const rows = await db.all(sql`
        select tip_id as "tipId", batch, kind from arriving where kind in (${join(kinds)}) limit 10000`)
      return Arrival.array().parse(rows)
    },
  }
}
