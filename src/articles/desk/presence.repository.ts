import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'

const Names = z.array(z.object({ name: z.string() }))
const Openings = z.array(z.object({ articleId: z.string(), name: z.string() }))

/** Who has which article open. */
export function presenceRepository(db: Database) {
  return {
    async touch(articleId: string, accountId: string, now: string): Promise<void> {
      await db.run(sql`
        insert into presence (article_id, account_id, seen) values (${articleId}, ${accountId}, ${now})
        on conflict (article_id, account_id) do update set seen = excluded.seen`)
    },

    /** The others who were seen with an article since an instant. */
    async others(articleId: string, accountId: string, since: string): Promise<{ name: string }[]> {
      return Names.parse(
        await db.all(sql`
          select p.name from presence as o join accounts as p on p.id = o.account_id
          where o.article_id = ${articleId} and o.account_id <> ${accountId} and o.seen >= ${since}
          order by p.name limit 20`),
      )
    },

    /** Who else was seen with which of these articles since an instant. */
    async openIn(articleIds: string[], accountId: string, since: string): Promise<z.infer<typeof Openings>> {
      return Openings.parse(
        await db.all(sql`
          select o.article_id as articleId, p.name from presence as o join accounts as p on p.id = o.account_id
          where o.article_id in (${join(articleIds)}) and o.account_id <> ${accountId} and o.seen >= ${since}
          order by p.name limit 1000`),
      )
    },
  }
}
