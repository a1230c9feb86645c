import { type Database, sql } from '../../foundation/database.js'

/** What the ledger does when a reader's row goes, in the transaction that takes it away. */
export function leavingRepository(db: Database) {
  return {
    /** Takes a reader's copies that are not settled out of the counts; their rows go with the reader's. What was accepted or failed stays counted. */
    async uncount(readerId: string): Promise<void> {
      await db.run(sql`
        update mailings set
          queued = queued - (select count(*) from deliveries as d where d.subscriber_id = ${readerId}
            and d.issue_id = mailings.issue_id and d.state in ('queued', 'attempting')),
          unknown = unknown - (select count(*) from deliveries as d where d.subscriber_id = ${readerId}
            and d.issue_id = mailings.issue_id and d.state = 'unknown')
        where issue_id in (select issue_id from deliveries where subscriber_id = ${readerId}
          and state in ('queued', 'attempting', 'unknown'))`)
    },

    /**
     * Gives the copies that wait for one row of a reader to another, so that who moves misses nothing that is under way. Mailings
     * that still write their rows reach the new one by themselves.
     */
    async handOver(fromId: string, toId: string, domain: string): Promise<void> {
      await db.run(sql`
        update deliveries set subscriber_id = ${toId}, domain = ${domain}
        where subscriber_id = ${fromId} and state = 'queued' and worker is null
          and issue_id in (select issue_id from mailings where state not in ('queueing', 'finished', 'cancelled'))
          and not exists (select 1 from deliveries as other
            where other.subscriber_id = ${toId} and other.issue_id = deliveries.issue_id)`)
    },
  }
}
