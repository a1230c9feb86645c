import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { WayToGive } from './schema.js'

const Row = z.object({ details: z.string().transform(text => WayToGive.parse(JSON.parse(text))) })

export function contributionsRepository(db: Database) {
  return {
    /** In the editors' order. */
    async ways(): Promise<WayToGive[]> {
      const rows = await db.all(sql`select details from ways_to_give order by position limit 50`)
      return z
        .array(Row)
        .parse(rows)
        .map(row => row.details)
    },

    async removeAll(): Promise<void> {
      await db.run(sql`delete from ways_to_give`)
    },

    async add(id: string, position: number, way: WayToGive): Promise<void> {
      await db.run(sql`
        insert into ways_to_give (id, position, kind, details)
        values (${id}, ${position}, ${way.kind}, ${JSON.stringify(way)})`)
    },
  }
}
