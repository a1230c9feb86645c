import { type Database, sql } from '../../foundation/database.js'

/** What the ledger does when a reader moves to another address. */
export function movingRepository(db: Database) {
  return {
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
