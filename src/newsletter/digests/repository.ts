import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'
import type { DigestKind } from './periods.js'

const MaybeRow = z.unknown()
const Reach = z.object({ through: z.string().nullable() })
const Ids = z.array(z.object({ id: z.string() }))

export function digestsRepository(db: Database) {
  return {
    async isDone(kind: DigestKind, period: string): Promise<boolean> {
      const row = await db.get(sql`select 1 from digest_runs where kind = ${kind} and period = ${period}`)
      return MaybeRow.parse(row) !== undefined
    },

    /** Takes a period; whoever comes second, in this process or another, does not get it. */
    async claim(kind: DigestKind, period: string, at: string): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into digest_runs (kind, period, at) values (${kind}, ${period}, ${at})
        on conflict (kind, period) do nothing`)
      return changes === 1
    },

    async finish(
      kind: DigestKind,
      period: string,
      { through, issueId }: { through: string | null; issueId: string | null },
    ): Promise<void> {
      await db.run(sql`
        update digest_runs set through = ${through}, issue_id = ${issueId}
        where kind = ${kind} and period = ${period}`)
    },

    /** Until when what was published has had its digest. A digest from a future that never came does not count. */
    async through(kind: DigestKind, now: string): Promise<string | undefined> {
      const row = await db.get(sql`
        select max(through) as through from digest_runs where kind = ${kind} and through <= ${now}`)
      return Reach.parse(row).through ?? undefined
    },

    /** Those of these articles that a digest of this kind held before. */
    async digested(kind: DigestKind, articleIds: string[]): Promise<Set<string>> {
      if (articleIds.length === 0) return new Set()
      const rows = await db.all(sql`
        select distinct a.article_id as id from issue_articles as a join issues as i on i.id = a.issue_id
        where a.article_id in (${join(articleIds)}) and i.origin = ${kind} and i.status = 'sent'
        limit ${articleIds.length}`)
      return new Set(Ids.parse(rows).map(({ id }) => id))
    },
  }
}
