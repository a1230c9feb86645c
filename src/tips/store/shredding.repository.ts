import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'

const Ids = z.array(z.object({ id: z.string() }))

export function shreddingRepository(db: Database) {
  return {
    /** Removes a tip's rows and notes that its files have to follow, even after a crash. */
    async begin(tipId: string): Promise<void> {
      await db.transaction(async tx => {
        await tx.run(sql`insert into shredding (tip_id) values (${tipId}) on conflict (tip_id) do nothing`)
        await tx.run(sql`delete from tips where id = ${tipId}`)
      })
    },

    async end(tipId: string): Promise<void> {
      await db.run(sql`delete from shredding where tip_id = ${tipId}`)
    },

    /** Tips whose shredding was begun and not ended. */
    async begun(limit: number): Promise<string[]> {
      return Ids.parse(await db.all(sql`select tip_id as id from shredding limit ${limit}`)).map(
        ({ id }) => id,
      )
    },

    /** Those of the ids that a tip has, or gets as soon as its first message stands. */
    async known(ids: string[]): Promise<string[]> {
      if (ids.length === 0) return []
      const rows = await db.all(sql`
        select id from tips where id in (${join(ids)})
        union select tip_id as id from arriving where tip_id in (${join(ids)}) limit ${ids.length}`)
      return Ids.parse(rows).map(({ id }) => id)
    },
  }
}
