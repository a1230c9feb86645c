import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

export function erasureRepository(db: Database) {
  return {
    /** Where a reader has asked to move, not having confirmed it yet. */
    async destinations(readerId: string): Promise<string[]> {
      const rows = await db.all(sql`
        select address from subscriber_tokens
        where subscriber_id = ${readerId} and purpose = 'move' and address is not null limit 100`)
      return z
        .array(z.object({ address: z.string() }))
        .parse(rows)
        .map(({ address }) => address)
    },

    /** Takes away what came back, could not be told to be any reader's, and names the address all the same. */
    async removeUnmatchedBounces(email: string): Promise<void> {
      const named = `%${email.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
      await db.run(sql`
        delete from bounces where subscriber_id is null
          and (lower(raw) like ${named} escape '\\' or lower(reason) like ${named} escape '\\')`)
    },

    /** Takes away what an editor could still put back on the list of suppressions. */
    async removeLifted(email: string): Promise<void> {
      await db.run(sql`delete from lifted_suppressions where lower(email) = lower(${email})`)
    },

    /** Takes a reader's row away, and with it what refers to it: consents, links, sections, deliveries, bounces. @returns the address */
    async remove(readerId: string): Promise<string | undefined> {
      const row = await db.get(sql`delete from subscribers where id = ${readerId} returning email`)
      return z.object({ email: z.string() }).optional().parse(row)?.email
    },
  }
}
