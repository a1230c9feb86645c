import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import type { KeptKind, KeptPage } from './schema.js'

const Rows = z.array(z.looseObject({ key: z.string() }))

/** Everything that is kept of a reader, in pages, oldest first. */
export function copyRepository(db: Database) {
  const queries = {
    consents: (id: string, after: string, limit: number) => sql`
      select id as key, at, event, form, wording, detail from consents
      where subscriber_id = ${id} and id > ${after} order by id limit ${limit}`,
    deliveries: (id: string, after: string, limit: number) => sql`
      select d.issue_id as key, m.number as issue, m.subject, d.state, d.attempts, d.at, d.reason
      from deliveries as d join mailings as m on m.issue_id = d.issue_id
      where d.subscriber_id = ${id} and d.issue_id > ${after} order by d.issue_id limit ${limit}`,
    bounces: (id: string, after: string, limit: number) => sql`
      select id as key, at, kind, code, reason, decision, source, raw from bounces
      where subscriber_id = ${id} and id > ${after} order by id limit ${limit}`,
  }
  return {
    async page(kind: KeptKind, readerId: string, after: string, limit: number): Promise<KeptPage> {
      const rows = Rows.parse(await db.all(queries[kind](readerId, after, limit)))
      return {
        rows: rows.map(({ key: _key, ...row }) => row),
        next: rows.length === limit ? rows.at(-1)?.key : undefined,
      }
    },
  }
}
