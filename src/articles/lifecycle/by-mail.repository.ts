import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const Wish = z.object({ wished: z.int() }).optional()

export function byMailRepository(db: Database) {
  return {
    async wish(articleId: string, wanted: boolean): Promise<void> {
      await db.run(sql`update articles set mail_when_published = ${wanted ? 1 : 0} where id = ${articleId}`)
    },

    async isWished(articleId: string): Promise<boolean> {
      const row = await db.get(
        sql`select mail_when_published as wished from articles where id = ${articleId}`,
      )
      return Wish.parse(row)?.wished === 1
    },
  }
}
