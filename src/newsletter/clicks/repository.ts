import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const CountedLink = z.object({ position: z.int(), url: z.string(), clicks: z.int() })
export type CountedLink = z.infer<typeof CountedLink>

const Links = z.array(CountedLink)
const MaybeUrl = z.object({ url: z.string() }).optional()

const MOST_LINKS = 5_000

export function clicksRepository(db: Database) {
  return {
    async add(issueId: string, position: number, url: string): Promise<void> {
      await db.run(sql`
        insert into issue_links (issue_id, position, url) values (${issueId}, ${position}, ${url})
        on conflict (issue_id, position) do update set url = excluded.url`)
    },

    /** Where a link leads. */
    async url(issueNumber: number, position: number): Promise<string | undefined> {
      const row = await db.get(sql`
        select l.url from issues as i join issue_links as l on l.issue_id = i.id
        where i.number = ${issueNumber} and l.position = ${position}`)
      return MaybeUrl.parse(row)?.url
    },

    async count(issueNumber: number, position: number): Promise<void> {
      await db.run(sql`
        update issue_links set clicks = clicks + 1
        where position = ${position} and issue_id = (select id from issues where number = ${issueNumber})`)
    },

    /** Links of an issue, the most opened first. */
    async ofIssue(issueId: string): Promise<CountedLink[]> {
      return Links.parse(
        await db.all(sql`
          select position, url, clicks from issue_links where issue_id = ${issueId}
          order by clicks desc, position limit ${MOST_LINKS}`),
      )
    },
  }
}
