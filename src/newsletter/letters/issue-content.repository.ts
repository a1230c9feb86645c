import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { Issue, IssueArticle, MOST_ARTICLES } from '../issues/schema.js'
import type { IssueContent } from './schema.js'

const MaybeIssue = Issue.pick({
  ...{ id: true, number: true, slug: true },
  ...{ subject: true, preheader: true, intro: true, outro: true },
}).optional()
const Articles = z.array(IssueArticle.pick({ id: true, form: true }))

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
