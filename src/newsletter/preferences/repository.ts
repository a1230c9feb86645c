import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import type { Frequency } from '../schema.js'
import { Mover, OwnReader } from './schema.js'

const Found = z.object({ id: z.string() })

export function preferencesRepository(db: Database) {
  return {
    async reader(id: string): Promise<OwnReader | undefined> {
      return OwnReader.optional().parse(
        await db.get(sql`
          select id, email, name, frequency, status, suppressed, confirmed, created, unsubscribed
          from subscribers where id = ${id}`),
      )
    },

    async save(id: string, wishes: { name: string; frequency: z.infer<typeof Frequency> }): Promise<void> {
      await db.run(
        sql`update subscribers set name = ${wishes.name}, frequency = ${wishes.frequency} where id = ${id}`,
      )
    },

    /** The reader who asked to move, while the link lasts and the reader is on the list. */
    async mover(hash: string, now: string): Promise<Mover | undefined> {
      return Mover.optional().parse(
        await db.get(sql`
          select s.id, s.email, s.name, s.frequency, s.status, s.suppressed, s.confirmed, t.address as "to"
          from subscriber_tokens as t join subscribers as s on s.id = t.subscriber_id
          where t.hash = ${hash} and t.purpose = 'move' and t.expires > ${now} and s.status = 'active'`),
      )
    },

    /** Forgets where a reader wanted to move. */
    async removeMoves(readerId: string): Promise<void> {
      await db.run(sql`delete from subscriber_tokens where subscriber_id = ${readerId} and purpose = 'move'`)
    },

    /**
     * Puts the new address on the list with what the reader wished at the old one. If it stands there already, its row stays, so
     * that the links in its own mails go on working.
     * @returns the id of its row
     */
    async settle(reader: {
      id: string
      email: string
      key: string
      name: string
      frequency: string
      now: string
    }): Promise<string> {
      const { id, email, key, name, frequency, now } = reader
      const row = await db.get(sql`
        insert into subscribers (id, email, email_key, name, frequency, status, created, confirmed)
        values (${id}, ${email}, ${key}, ${name}, ${frequency}, 'active', ${now}, ${now})
        on conflict (email_key) do update set email = excluded.email, name = excluded.name,
          frequency = excluded.frequency, status = 'active', confirmed = excluded.confirmed
        returning id`)
      return Found.parse(row).id
    },
  }
}
