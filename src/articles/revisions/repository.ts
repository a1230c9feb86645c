import { z } from 'zod'
import { type Database, raw, sql } from '../../foundation/database.js'

/** A row of an article's history as it is stored. */
export const RevisionRow = z.object({
  id: z.string(),
  articleId: z.string(),
  number: z.int(),
  at: z.string(),
  accountId: z.string().nullable(),
  accountName: z.string(),
  kind: z.string(),
  reason: z.string(),
  fields: z.string(),
  previous: z.string(),
  mark: z.string(),
})
export type RevisionRow = z.infer<typeof RevisionRow>

const Entry = RevisionRow.omit({ fields: true, previous: true, mark: true }).extend({ size: z.int() })
export type RevisionEntry = z.infer<typeof Entry>

const RevisionRows = z.array(RevisionRow)
const MaybeRevision = RevisionRow.optional()
const Entries = z.array(Entry)
const Ends = z.array(z.object({ articleId: z.string(), number: z.int() }))

const columns =
  raw(`id, article_id as articleId, number, at, account_id as accountId, account_name as accountName,
  kind, reason, fields, previous, mark`)

/** The history of articles. Rows are only ever added. */
export function revisionsRepository(db: Database) {
  return {
    async latest(articleId: string): Promise<RevisionRow | undefined> {
      return MaybeRevision.parse(
        await db.get(
          sql`select ${columns} from revisions where article_id = ${articleId} order by number desc limit 1`,
        ),
      )
    },

    async revision(articleId: string, number: number): Promise<RevisionRow | undefined> {
      return MaybeRevision.parse(
        await db.get(
          sql`select ${columns} from revisions where article_id = ${articleId} and number = ${number}`,
        ),
      )
    },

    async holds(articleId: string, fields: string): Promise<boolean> {
      const row = await db.get(
        sql`select number from revisions where article_id = ${articleId} and fields = ${fields} limit 1`,
      )
      return row !== undefined
    },

    async append(row: RevisionRow): Promise<void> {
      await db.run(sql`
        insert into revisions (id, article_id, number, at, account_id, account_name, kind, reason, fields, previous,
          mark)
        values (${row.id}, ${row.articleId}, ${row.number}, ${row.at}, ${row.accountId}, ${row.accountName},
          ${row.kind}, ${row.reason}, ${row.fields}, ${row.previous}, ${row.mark})`)
      await db.run(sql`
        insert into revision_ends (article_id, number, mark) values (${row.articleId}, ${row.number}, ${row.mark})
        on conflict (article_id) do update set number = excluded.number, mark = excluded.mark`)
    },

    /** What a list shows of an article's history, newest first, before one of its numbers. */
    async entries(
      articleId: string,
      limit: number,
      before = Number.MAX_SAFE_INTEGER,
    ): Promise<RevisionEntry[]> {
      return Entries.parse(
        await db.all(sql`
          select id, article_id as articleId, number, at, account_id as accountId, account_name as accountName, kind,
            reason, length(fields) as size
          from revisions where article_id = ${articleId} and number < ${before} order by number desc limit ${limit}`),
      )
    },

    /** Articles whose history does not end where it was noted to; the first of them. */
    async wrongEnds(limit: number): Promise<{ articleId: string; number: number }[]> {
      return Ends.parse(
        await db.all(sql`
          select e.article_id as articleId, e.number from revision_ends as e
          left join revisions as r on r.article_id = e.article_id and r.number = e.number and r.mark = e.mark
          where r.id is null
          union all select r.article_id as articleId, r.number from revisions as r
          left join revision_ends as e on e.article_id = r.article_id and e.number >= r.number
          where e.number is null
          order by 1, 2 limit ${limit}`),
      )
    },

    /** All rows in the order of articles and numbers, after one of them; to check the chains. */
    async after(articleId: string, number: number, limit: number): Promise<RevisionRow[]> {
      return RevisionRows.parse(
        await db.all(sql`
          select ${columns} from revisions where (article_id, number) > (${articleId}, ${number})
          order by article_id, number limit ${limit}`),
      )
    },
  }
}
