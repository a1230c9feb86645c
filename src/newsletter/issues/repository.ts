import { z } from 'zod'
import { type Database, empty, join, sql } from '../../foundation/database.js'
import {
  ArchivedIssue,
  Issue,
  IssueArticle,
  type IssueFields,
  type IssueStatus,
  type Origin,
} from './schema.js'

const columns = sql`id, number, slug, subject, preheader, intro, outro, frequency, sections, origin, status,
  send_at as sendAt, sent, version, created, changed, removed`
const archived = sql`id, number, slug, subject, preheader, sent`
// Mails of single articles have the article's page for an archive; what was called off before anybody got it never was an issue.
const inArchive = sql`status = 'sent' and origin <> 'article' and not exists (
  select 1 from mailings as m where m.issue_id = issues.id and m.accepted = 0 and m.state in ('cancelled', 'held'))`

const MaybeIssue = Issue.optional()
const Issues = z.array(Issue)
const Articles = z.array(IssueArticle)
const Archived = z.array(ArchivedIssue)
const Counts = z.array(z.object({ status: z.string(), count: z.int() }))
const Instant = z.object({ at: z.string().nullable() })
const Next = z.object({ number: z.int() })
const Ids = z.array(z.object({ id: z.string() }))
const Row = z.object({ id: z.string() }).optional()

export interface NewIssue {
  id: string
  origin: Origin
  accountId: string | null
  articleId?: string
  fields: IssueFields
  now: string
}

export function issuesRepository(db: Database) {
  const repository = {
    async byId(id: string): Promise<Issue | undefined> {
      return MaybeIssue.parse(await db.get(sql`select ${columns} from issues where id = ${id}`))
    },

    /** Those of one state, what changed last first. */
    async list(
      status: IssueStatus,
      before: { changed: string; id: string } | undefined,
      limit: number,
    ): Promise<Issue[]> {
      const from = before ? sql`and (changed, id) < (${before.changed}, ${before.id})` : empty
      return Issues.parse(
        await db.all(sql`
          select ${columns} from issues where status = ${status} and removed is null ${from}
          order by changed desc, id desc limit ${limit}`),
      )
    },

    async counts(): Promise<Map<string, number>> {
      const rows = await db.all(sql`
        select status, count(*) as count from issues where removed is null group by status limit 10`)
      return new Map(Counts.parse(rows).map(({ status, count }) => [status, count]))
    },

    async articles(issueId: string): Promise<IssueArticle[]> {
      return Articles.parse(
        await db.all(sql`
          select a.id, i.form, a.title, a.slug, case when a.trashed is null then a.status else 'trashed' end as status
          from issue_articles as i join articles as a on a.id = i.article_id
          where i.issue_id = ${issueId} order by i.position, a.id limit 200`),
      )
    },

    async add({ id, origin, accountId, articleId, fields, now }: NewIssue): Promise<void> {
      await db.run(sql`
        insert into issues (id, subject, preheader, intro, outro, frequency, sections, origin, status, account_id,
          article_id, created, changed)
        values (${id}, ${fields.subject}, ${fields.preheader}, ${fields.intro}, ${fields.outro}, ${fields.frequency},
          ${JSON.stringify(fields.sections)}, ${origin}, 'draft', ${accountId}, ${articleId ?? null}, ${now}, ${now})`)
      await repository.setArticles(id, fields.articles)
    },

    /** Writes a form over the version that it was made from. @returns whether that was still the newest */
    async save(id: string, version: number, fields: IssueFields, now: string): Promise<boolean> {
      const { changes } = await db.run(sql`
        update issues set subject = ${fields.subject}, preheader = ${fields.preheader}, intro = ${fields.intro},
          outro = ${fields.outro}, frequency = ${fields.frequency}, sections = ${JSON.stringify(fields.sections)},
          version = version + 1, changed = ${now}
        where id = ${id} and version = ${version} and status <> 'sent'`)
      if (changes) await repository.setArticles(id, fields.articles)
      return changes === 1
    },

    async setArticles(id: string, articles: IssueFields['articles']): Promise<void> {
      await db.run(sql`delete from issue_articles where issue_id = ${id}`)
      for (const [position, { id: articleId, form }] of articles.entries()) {
        // One that is gone for good meanwhile is left out.
        await db.run(sql`
          insert into issue_articles (issue_id, article_id, position, form)
          select ${id}, id, ${position}, ${form} from articles where id = ${articleId}`)
      }
    },

    async setRemoved(id: string, removed: string | null): Promise<boolean> {
      const { changes } = await db.run(
        sql`update issues set removed = ${removed} where id = ${id} and status in ('draft', 'held')`,
      )
      return changes === 1
    },

    /** Plans an issue, or takes the plan back. @returns whether it stood as expected */
    async plan(
      id: string,
      from: IssueStatus[],
      to: IssueStatus,
      sendAt: string | null,
      now: string,
    ): Promise<boolean> {
      const { changes } = await db.run(sql`
        update issues set status = ${to}, send_at = ${sendAt}, changed = ${now}
        where id = ${id} and status in (${join(from)}) and removed is null`)
      return changes === 1
    },

    /** Marks an issue as sent. @returns whether it had not been sent already */
    async send(
      id: string,
      { number, slug, now }: { number: number; slug: string; now: string },
    ): Promise<boolean> {
      const { changes } = await db.run(sql`
        update issues set status = 'sent', number = ${number}, slug = ${slug}, sent = ${now}, changed = ${now},
          send_at = null where id = ${id} and status <> 'sent' and removed is null`)
      return changes === 1
    },

    async nextNumber(): Promise<number> {
      return Next.parse(await db.get(sql`select coalesce(max(number), 0) + 1 as number from issues`)).number
    },

    async isSlugTaken(slug: string): Promise<boolean> {
      return Row.parse(await db.get(sql`select id from issues where slug = ${slug}`)) !== undefined
    },

    /** The scheduled issue that has waited longest, if it is due. */
    async due(now: string): Promise<Issue | undefined> {
      return MaybeIssue.parse(
        await db.get(sql`
          select ${columns} from issues where status = 'scheduled' and send_at <= ${now} and removed is null
          order by send_at, id limit 1`),
      )
    },

    async nextDue(): Promise<string | undefined> {
      const row = await db.get(sql`select min(send_at) as at from issues where status = 'scheduled'`)
      return Instant.parse(row).at ?? undefined
    },

    async holdOverdue(now: string): Promise<number> {
      const { changes } = await db.run(
        sql`update issues set status = 'held' where status = 'scheduled' and send_at <= ${now}`,
      )
      return changes
    },

    /** Issues that were due and could not or may not go out by themselves. */
    async held(limit: number): Promise<Issue[]> {
      return Issues.parse(
        await db.all(sql`
          select ${columns} from issues where status = 'held' and removed is null order by send_at, id limit ${limit}`),
      )
    },

    async ofArticle(articleId: string): Promise<Issue | undefined> {
      return MaybeIssue.parse(
        await db.get(sql`select ${columns} from issues where article_id = ${articleId}`),
      )
    },

    async archive(before: number, limit: number): Promise<ArchivedIssue[]> {
      return Archived.parse(
        await db.all(sql`
          select ${archived} from issues where ${inArchive} and number < ${before} order by number desc limit ${limit}`),
      )
    },

    async archivedBySlug(slug: string): Promise<Issue | undefined> {
      return MaybeIssue.parse(
        await db.get(sql`select ${columns} from issues where slug = ${slug} and ${inArchive}`),
      )
    },

    /** An issue by its number, slug or id, as somebody types it. */
    async named(name: string): Promise<string | undefined> {
      const number = /^\d{1,9}$/.test(name) ? Number(name) : -1
      const rows = await db.all(sql`
        select id from issues where id = ${name} or slug = ${name} or number = ${number} limit 1`)
      return Ids.parse(rows)[0]?.id
    },
  }
  return repository
}
