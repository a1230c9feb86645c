import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'

const Ids = z.array(z.object({ id: z.string() }))

/** The sections that readers chose; who chose none gets all. */
export function chosenSectionsRepository(db: Database) {
  return {
    async of(readerId: string): Promise<string[]> {
      const rows = await db.all(sql`
        select section_id as id from subscriber_sections where subscriber_id = ${readerId}
        order by section_id limit 500`)
      return Ids.parse(rows).map(({ id }) => id)
    },

    /** Replaces what was chosen. */
    async choose(readerId: string, sectionIds: string[]): Promise<void> {
      await db.run(sql`delete from subscriber_sections where subscriber_id = ${readerId}`)
      for (const id of sectionIds)
        await db.run(sql`
          insert into subscriber_sections (subscriber_id, section_id) values (${readerId}, ${id})
          on conflict (subscriber_id, section_id) do nothing`)
    },
  }
}
