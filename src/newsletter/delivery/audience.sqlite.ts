import { z } from 'zod'
import { type Database, empty, join, type Sql, sql } from '../../foundation/database.js'
import type { Audience, Queueing } from './schema.js'

const Count = z.object({ count: z.int() })
const Bound = z.object({ last: z.string().nullable() })

/** Readers whom an issue is for. They differ by engine only in how a domain is cut from an address. */
export function audienceRepository(db: Database) {
  return {
    async count(audience: Audience): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from subscribers as s
        where s.status = 'active' and s.suppressed is null ${wanted(audience)}`)
      return Count.parse(row).count
    },

    /** The last of the next readers who get mail at all, those of other audiences included; undefined after the last. */
    async bound(after: string, limit: number): Promise<string | undefined> {
      const row = await db.get(sql`
        select max(id) as last from (
          select id from subscribers where status = 'active' and suppressed is null and id > ${after}
          order by id limit ${limit}) as next`)
      return Bound.parse(row).last ?? undefined
    },

    /** Writes a row for each reader of the audience in a range of ids. @returns how many */
    async queue(mailing: Queueing, to: string): Promise<number> {
      const { changes } = await db.run(sql`
        insert into deliveries (subscriber_id, issue_id, domain)
        select s.id, ${mailing.issueId}, substr(s.email_key, instr(s.email_key, '@') + 1) from subscribers as s
        where s.status = 'active' and s.suppressed is null and s.id > ${mailing.queuedTo} and s.id <= ${to}
          ${wanted(mailing)}
        order by s.id
        on conflict (subscriber_id, issue_id) do nothing`)
      return changes
    },
  }
}

// Who chose no section wants all of them.
function wanted({ frequency, sections }: Audience): Sql {
  const often = frequency ? sql`and s.frequency = ${frequency}` : empty
  if (sections.length === 0) return often
  return sql`${often} and (
    not exists (select 1 from subscriber_sections where subscriber_id = s.id)
    or exists (select 1 from subscriber_sections where subscriber_id = s.id and section_id in (${join(sections)})))`
}
