import { uuids } from '../../src/foundation/clock.js'
import { sql } from '../../src/foundation/database.js'
import type { Press } from './press.js'

interface GivenIssue {
  subject?: string
  intro?: string
  number?: number
  articles?: { id: string; form: 'full' | 'dek' }[]
}

/** An issue as the desk keeps one, sent when it has a number. Returns its id. */
export async function keptIssue(press: Press, given: GivenIssue = {}): Promise<string> {
  const id = uuids()
  const { subject = 'The week', intro = '', number = null, articles = [] } = given
  await press.db.run(sql`
    insert into issues (id, number, slug, subject, intro, origin, status, sent, created, changed)
    values (${id}, ${number}, ${number && `issue-${number}`}, ${subject}, ${intro}, 'desk',
      ${number ? 'sent' : 'draft'}, ${number ? '2021-01-04T12:00:00.000Z' : null}, '2021-01-04T12:00:00.000Z', '2021-01-04T12:00:00.000Z')`)
  for (const [position, article] of articles.entries())
    await press.db.run(sql`
      insert into issue_articles (issue_id, article_id, position, form)
      values (${id}, ${article.id}, ${position}, ${article.form})`)
  return id
}
