import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'

export type Purpose = 'invitation' | 'reset' | 'email'

const Link = z.object({ accountId: z.string(), email: z.string() })
export type Link = z.infer<typeof Link>

const MaybeLink = Link.optional()
const Count = z.object({ count: z.int() })

const ResetRequest = z.object({ id: z.string(), email: z.string() })
export type ResetRequest = z.infer<typeof ResetRequest>
const Requests = z.array(ResetRequest)

/** Links in mails to colleagues, and requests for them. */
export function linksRepository(db: Database) {
  return {
    async add(link: Link & { tokenHash: string; purpose: Purpose; expires: string }): Promise<void> {
      await db.run(sql`
        insert into account_links (token_hash, purpose, account_id, email, expires)
        values (${link.tokenHash}, ${link.purpose}, ${link.accountId}, ${link.email}, ${link.expires})`)
    },

    async find(tokenHash: string, purpose: Purpose, now: string): Promise<Link | undefined> {
      return MaybeLink.parse(
        await db.get(sql`
          select account_id as accountId, email from account_links
          where token_hash = ${tokenHash} and purpose = ${purpose} and expires > ${now}`),
      )
    },

    async removeAll(accountId: string, purpose: Purpose): Promise<void> {
      await db.run(sql`delete from account_links where account_id = ${accountId} and purpose = ${purpose}`)
    },

    async open(accountId: string, purpose: Purpose, now: string): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from account_links
        where account_id = ${accountId} and purpose = ${purpose} and expires > ${now}`)
      return Count.parse(row).count
    },

    async request(id: string, email: string, at: string): Promise<void> {
      await db.run(sql`insert into reset_requests (id, email, at) values (${id}, ${email}, ${at})`)
    },

    /** How many requests wait, counted up to a limit. */
    async countRequests(limit: number): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from (select 1 from reset_requests limit ${limit}) as some`,
      )
      return Count.parse(row).count
    },

    /** Who asked for a link and was not answered yet, first come first. */
    async requests(limit: number): Promise<ResetRequest[]> {
      return Requests.parse(
        await db.all(sql`select id, email from reset_requests order by id limit ${limit}`),
      )
    },

    /** @returns false when somebody else took it before */
    async takeRequest(id: string): Promise<boolean> {
      return (await db.run(sql`delete from reset_requests where id = ${id}`)).changes === 1
    },
  }
}
