import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const Ids = z.array(z.object({ id: z.string() }))

/** Programs that work on mailings, and when they were last seen. */
export function workersRepository(db: Database) {
  return {
    async add(id: string, now: string): Promise<void> {
      await db.run(sql`insert into mail_workers (id, seen) values (${id}, ${now})`)
    },

    /** @returns false when it was taken for dead meanwhile */
    async seen(id: string, now: string): Promise<boolean> {
      const { changes } = await db.run(sql`update mail_workers set seen = ${now} where id = ${id}`)
      return changes > 0
    },

    async notSeenSince(instant: string, limit: number): Promise<string[]> {
      return Ids.parse(
        await db.all(sql`select id from mail_workers where seen < ${instant} order by seen limit ${limit}`),
      ).map(({ id }) => id)
    },

    async anySince(instant: string): Promise<boolean> {
      return (await db.get(sql`select id from mail_workers where seen >= ${instant} limit 1`)) !== undefined
    },

    /** Strikes one off that was not seen since; of two that try, one succeeds. */
    async strike(id: string, instant: string): Promise<boolean> {
      const { changes } = await db.run(sql`delete from mail_workers where id = ${id} and seen < ${instant}`)
      return changes > 0
    },

    /** Takes one off that has nothing in hand. @returns whether it had nothing */
    async leave(id: string): Promise<boolean> {
      const { changes } = await db.run(sql`
        delete from mail_workers where id = ${id} and not exists (select 1 from deliveries where worker = ${id})`)
      return changes > 0
    },
  }
}
