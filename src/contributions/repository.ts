import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { WayToGive } from './schema.js'

const details = z.string().transform(text => WayToGive.parse(JSON.parse(text)))
const Row = z.object({ details })
const ListedRows = z.array(z.object({ id: z.string(), details }))
const Removed = z.object({ position: z.int(), details }).optional()

/** A way to give and the id by which the desk knows it. */
export interface ListedWay {
  id: string
  way: WayToGive
}

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

    /** In the editors' order, with their ids. */
    async listed(): Promise<ListedWay[]> {
      const rows = ListedRows.parse(
        await db.all(sql`select id, details from ways_to_give order by position limit 50`),
      )
      return rows.map(({ id, details: way }) => ({ id, way }))
    },

    /** Keeps a removed way, so that it can be brought back. */
    async keepRemoved({ id, way }: ListedWay, position: number, at: string): Promise<void> {
      await db.run(sql`
        insert into removed_ways (id, position, details, removed)
        values (${id}, ${position}, ${JSON.stringify(way)}, ${at})
        on conflict (id) do update set position = excluded.position, details = excluded.details,
          removed = excluded.removed`)
    },

    async removed(id: string): Promise<{ position: number; details: WayToGive } | undefined> {
      return Removed.parse(await db.get(sql`select position, details from removed_ways where id = ${id}`))
    },

    async forgetRemoved(id: string): Promise<void> {
      await db.run(sql`delete from removed_ways where id = ${id}`)
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
