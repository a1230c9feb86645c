import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import type { IssueContent } from './schema.js'

const MaybeIssue = z
  .object({
    id: z.string(),
    number: z.int().nullable(),
    slug: z.string().nullable(),
    subject: z.string(),
    preheader: z.string(),
    intro: z.string(),
    outro: z.string(),
  })
  .optional()
const Articles = z.array(z.object({ id: z.string(), form: z.enum(['full', 'dek']) }))

const MOST_ARTICLES = 200

/** An issue as letters are made of it; undefined when there is none of that id. */
export async function issueContent(db: Database, id: string): Promise<IssueContent | undefined> {
  const issue = MaybeIssue.parse(
    await db.get(sql`select id, number, slug, subject, preheader, intro, outro from issues where id = ${id}`),
  )
  if (!issue) return undefined
  const articles = await db.all(sql`
    select article_id as id, form from issue_articles where issue_id = ${id} order by position limit ${MOST_ARTICLES}`)
  return { ...issue, number: issue.number ?? 0, slug: issue.slug ?? '', articles: Articles.parse(articles) }
}
