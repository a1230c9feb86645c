import { z } from 'zod'
import { type Database, raw, sql } from '../../foundation/database.js'

const Link = z.object({
  tokenHash: z.string(),
  articleId: z.string(),
  created: z.string(),
  expires: z.string(),
  by: z.string().nullable(),
})
export type PreviewLink = z.infer<typeof Link>

const Links = z.array(Link)
const MaybeLink = Link.optional()

const columns = raw(
  `l.token_hash as tokenHash, l.article_id as articleId, l.created, l.expires, p.name as "by"`,
)
const tables = raw('from preview_links as l left join accounts as p on p.id = l.account_id')

/** Secret addresses of drafts. Only the hash of what stands in an address is kept. */
export function previewLinksRepository(db: Database) {
  return {
    async add(
      link: Omit<PreviewLink, 'by'> & {
        accountId: string
      },
    ): Promise<void> {
      await db.run(sql`
        insert into preview_links (token_hash, article_id, account_id, created, expires)
        values (${link.tokenHash}, ${link.articleId}, ${link.accountId}, ${link.created}, ${link.expires})`)
    },

    async removeExpired(now: string): Promise<void> {
      await db.run(sql`delete from preview_links where expires <= ${now}`)
    },

    /** Links of an article that still open, the last to expire first. */
    async ofArticle(articleId: string, now: string, limit: number): Promise<PreviewLink[]> {
      return Links.parse(
        await db.all(sql`
          select ${columns} ${tables} where l.article_id = ${articleId} and l.expires > ${now}
          order by l.expires desc, l.token_hash limit ${limit}`),
      )
    },

    async byHash(tokenHash: string, now: string): Promise<PreviewLink | undefined> {
      return MaybeLink.parse(
        await db.get(
          sql`select ${columns} ${tables} where l.token_hash = ${tokenHash} and l.expires > ${now}`,
        ),
      )
    },

    async remove(articleId: string, tokenHash: string): Promise<boolean> {
      const { changes } = await db.run(
        sql`delete from preview_links where article_id = ${articleId} and token_hash = ${tokenHash}`,
      )
      return changes === 1
    },
  }
}
