import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { Part, Tip } from './schema.js'

const Count = z.object({ count: z.int() })
const Recipient = z.object({ publicKey: z.string() })

const Parts = z.array(Part)
const Recipients = z.array(Recipient)
const MaybeTip = Tip.optional()

export function tipsRepository(db: Database) {
  return {
    async byLookup(lookup: string): Promise<Tip | undefined> {
      return MaybeTip.parse(await db.get(sql`select id, day from tips where lookup = ${lookup}`))
    },

    async add(tip: Tip, lookup: string): Promise<void> {
      await db.run(sql`insert into tips (id, day, lookup) values (${tip.id}, ${tip.day}, ${lookup})`)
    },

    /** A tip's parts, oldest first; the limits of the form bound them in practice, this in any case. */
    async parts(tipId: string): Promise<Part[]> {
      return Parts.parse(
        await db.all(sql`
          select batch, number, day from tip_parts where tip_id = ${tipId} order by batch, number limit 10000`),
      )
    },

    async addPart(tipId: string, part: Part): Promise<void> {
      await db.run(sql`
        insert into tip_parts (tip_id, batch, number, day)
        values (${tipId}, ${part.batch}, ${part.number}, ${part.day})`)
    },

    async remove(tipId: string): Promise<void> {
      await db.run(sql`delete from tips where id = ${tipId}`)
    },

    /** How many tips lie here; counted up to a limit. */
    async count(limit: number): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from (select 1 from tips limit ${limit}) as found`,
      )
      return Count.parse(row).count
    },

    async recipients(): Promise<string[]> {
      const rows = await db.all(
        sql`select public_key as publicKey from recipients order by public_key limit 100`,
      )
      return Recipients.parse(rows).map(row => row.publicKey)
    },

    async addRecipient(publicKey: string, day: string): Promise<void> {
      await db.run(sql`
        insert into recipients (public_key, added_day) values (${publicKey}, ${day}) on conflict (public_key) do nothing`)
    },
  }
}
