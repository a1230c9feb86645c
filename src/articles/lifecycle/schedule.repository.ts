import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const Due = z.object({ id: z.string(), title: z.string(), published: z.string() }).optional()
const Planned = z.object({ published: z.string() }).optional()
const Counted = z.object({ count: z.int() })

/** What the clock publishes. */
export function scheduleRepository(db: Database) {
  return {
    /** Claims the article that has been due the longest: it is published with this statement, for one claimant only. */
    async claim(now: string): Promise<z.infer<typeof Due>> {
      return Due.parse(
        await db.get(sql`
          update articles set status = 'published', submitted = null where status = 'scheduled' and id =
            (select id from articles where status = 'scheduled' and held = 0 and published <= ${now}
             order by published, id limit 1)
          returning id, title, published`),
      )
    },

    /** The time of the next article that is planned. */
    async next(): Promise<string | undefined> {
      const row = await db.get(sql`
        select published from articles where status = 'scheduled' and held = 0 order by published limit 1`)
      return Planned.parse(row)?.published
    },

    /** Keeps an article from the clock until somebody decides. */
    async hold(id: string): Promise<void> {
      await db.run(sql`update articles set held = 1 where id = ${id} and status = 'scheduled'`)
    },

    async holdOverdue(now: string): Promise<number> {
      const { changes } = await db.run(sql`
        update articles set held = 1 where status = 'scheduled' and held = 0 and published <= ${now}`)
      return changes
    },

    async held(): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from articles where status = 'scheduled' and held = 1`,
      )
      return Counted.parse(row).count
    },
  }
}
