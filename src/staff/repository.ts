import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { Account, StoredAccount } from './schema.js'

const Found = z.object({ found: z.literal(1) }).optional()
const SessionAccount = Account.extend({ lastUsed: z.string() })

const MaybeStoredAccount = StoredAccount.optional()
const MaybeSessionAccount = SessionAccount.optional()

export function staffRepository(db: Database) {
  return {
    async hasOwner(): Promise<boolean> {
      const row = await db.get(sql`select 1 as found from accounts where role = 'owner' limit 1`)
      return Found.parse(row) !== undefined
    },

    async addAccount(account: StoredAccount): Promise<void> {
      await db.run(sql`
        insert into accounts (id, email, name, role, password_hash, created)
        values (${account.id}, ${account.email}, ${account.name}, ${account.role}, ${account.passwordHash},
          ${account.created})`)
    },

    async accountByEmail(email: string): Promise<StoredAccount | undefined> {
      return MaybeStoredAccount.parse(
        await db.get(sql`
          select id, email, name, role, password_hash as passwordHash, created
          from accounts where email = ${email}`),
      )
    },

    async removeLinks(): Promise<void> {
      await db.run(sql`delete from staff_links where purpose = 'setup'`)
    },

    async addLink(tokenHash: string, expires: string): Promise<void> {
      await db.run(sql`
        insert into staff_links (token_hash, purpose, expires) values (${tokenHash}, 'setup', ${expires})`)
    },

    async hasLink(tokenHash: string, now: string): Promise<boolean> {
      const row = await db.get(sql`
        select 1 as found from staff_links
        where token_hash = ${tokenHash} and purpose = 'setup' and expires > ${now}`)
      return Found.parse(row) !== undefined
    },

    /** The account of a session that is neither too old nor too long unused. */
    async accountOf(
      tokenHash: string,
      { usedAfter, createdAfter }: { usedAfter: string; createdAfter: string },
    ): Promise<z.infer<typeof SessionAccount> | undefined> {
      return MaybeSessionAccount.parse(
        await db.get(sql`
          select a.id, a.email, a.name, a.role, s.last_used as lastUsed
          from sessions as s join accounts as a on a.id = s.account_id
          where s.token_hash = ${tokenHash} and s.last_used > ${usedAfter} and s.created > ${createdAfter}`),
      )
    },

    async addSession(tokenHash: string, accountId: string, now: string): Promise<void> {
      await db.run(sql`
        insert into sessions (token_hash, account_id, created, last_used)
        values (${tokenHash}, ${accountId}, ${now}, ${now})`)
    },

    async touchSession(tokenHash: string, now: string): Promise<void> {
      await db.run(sql`update sessions set last_used = ${now} where token_hash = ${tokenHash}`)
    },

    async removeSession(tokenHash: string): Promise<void> {
      await db.run(sql`delete from sessions where token_hash = ${tokenHash}`)
    },

    async removeStaleSessions({
      usedAfter,
      createdAfter,
    }: {
      usedAfter: string
      createdAfter: string
    }): Promise<void> {
      await db.run(sql`delete from sessions where last_used <= ${usedAfter} or created <= ${createdAfter}`)
    },
  }
}
