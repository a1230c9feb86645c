import { z } from 'zod'
import { empty, join, raw, type Sql, sql } from '../../foundation/database.js'
import type { Claims } from './claims.js'
import { Claimed } from './schema.js'

const AllClaimed = z.array(Claimed)
const Issues = z.array(z.object({ issueId: z.string() }))

// How many rows are looked at for a domain: a list may have been imported in the order of its domains.
const WINDOW = 2_000

/** One connection writes at a time, so the statement alone is enough; PostgreSQL's needs `for update skip locked` beside it. */
export const sqliteClaims: Claims = {
  async claim(tx, { issueId, worker, now, limit, without }) {
    return AllClaimed.parse(
      await tx.all(sql`
        update deliveries set worker = ${worker}
        where (subscriber_id, issue_id) in (
            select subscriber_id, issue_id from (${due(issueId, now, without.length ? WINDOW : limit)}) as due
            ${without.length ? sql`where domain not in (${join(without)})` : empty} limit ${limit})
          and state = 'queued' and worker is null
          and exists (select 1 from mail_workers where id = ${worker})
          and exists (select 1 from mailings where issue_id = ${issueId} and state = 'sending')
        returning subscriber_id as "readerId", issue_id as "issueId", domain, attempts`),
    )
  },

  async postpone(tx, { issueId, now, domains, until }) {
    const { changes } = await tx.run(sql`
      update deliveries set next_attempt = ${until}
      where (subscriber_id, issue_id) in (
          select subscriber_id, issue_id from (${due(issueId, now, WINDOW)}) as due where domain in (${join(domains)}))
        and state = 'queued' and worker is null`)
    return changes
  },

  async release(tx, worker) {
    await tx.run(sql`update deliveries set worker = null where worker = ${worker} and state = 'queued'`)
  },

  async judge(tx, worker, now, reason) {
    return Issues.parse(
      await tx.all(sql`
        update deliveries set state = 'unknown', worker = null, reason = ${reason}, at = ${now}
        where worker = ${worker} and state = 'attempting' returning issue_id as "issueId"`),
    ).map(({ issueId }) => issueId)
  },
}

function due(issueId: string, now: string, limit: number): Sql {
  return sql`
    select subscriber_id, issue_id, domain from deliveries ${raw('indexed by deliveries_due')}
    where issue_id = ${issueId} and state = 'queued' and worker is null and next_attempt <= ${now}
    order by next_attempt, subscriber_id limit ${limit}`
}
