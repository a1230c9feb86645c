import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const Count = z.object({ count: z.int() })
const counted = async (row: Promise<unknown>): Promise<number> => Count.parse(await row).count

/** What sign-ups have caused to be mailed of late. Every count stops at a limit. */
export function allowanceRepository(db: Database) {
  return {
    async add(mail: { id: string; at: string; address: string; domain: string }): Promise<void> {
      await db.run(sql`
        insert into sign_up_mails (id, at, address, domain)
        values (${mail.id}, ${mail.at}, ${mail.address}, ${mail.domain})`)
    },

    async removeBefore(instant: string): Promise<void> {
      await db.run(sql`delete from sign_up_mails where at <= ${instant}`)
    },

    count(since: string, limit: number): Promise<number> {
      return counted(
        db.get(sql`
          select count(*) as count from
            (select 1 from sign_up_mails where at > ${since} limit ${limit}) as mails`),
      )
    },

    countTo(address: string, since: string, limit: number): Promise<number> {
      return counted(
        db.get(sql`
          select count(*) as count from
            (select 1 from sign_up_mails where address = ${address} and at > ${since} limit ${limit}) as mails`),
      )
    },

    countToDomain(domain: string, since: string, limit: number): Promise<number> {
      return counted(
        db.get(sql`
          select count(*) as count from
            (select 1 from sign_up_mails where domain = ${domain} and at > ${since} limit ${limit}) as mails`),
      )
    },

    /** How many readers are on the list. */
    countReaders(limit: number): Promise<number> {
      return counted(
        db.get(sql`
          select count(*) as count from (
            select 1 from subscribers where status = 'active' and suppressed is null limit ${limit}) as readers`),
      )
    },

    /** How many of the readers who joined last have their mailbox at a domain, of how many that were looked at. */
    async shareOfDomain(domain: string, sample: number): Promise<{ there: number; of: number }> {
      const row = await db.get(sql`
        select count(*) as "of",
          coalesce(sum(case when email_key like ${`%@${domain}`} then 1 else 0 end), 0) as there
        from (select email_key from subscribers where status = 'active' and suppressed is null
          order by id desc limit ${sample}) as newest`)
      return z.object({ there: z.int(), of: z.int() }).parse(row)
    },
  }
}
