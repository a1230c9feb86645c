import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { Account, Session, type SignedIn } from './schema.js'

/** A session is dead when it was not used after the one instant or is older than the other. */
export interface Limits {
  usedAfter: string
  createdAfter: string
}

const Row = Account.extend({
  sessionId: z.string(),
  confirmed: z.string(),
  lastUsed: z.string(),
  owesFactor: z.int().transform(Boolean),
})
const MaybeRow = Row.optional()
const Sessions = z.array(Session)
const MaybeHalf = z.object({ accountId: z.string() }).optional()

export function sessionsRepository(db: Database) {
  return {
    /** Whose session it is; nobody's when it ended or its owner is kept out. */
    async signedIn(tokenHash: string, { usedAfter, createdAfter }: Limits): Promise<SignedIn | undefined> {
      const row = MaybeRow.parse(
        await db.get(sql`
          select a.id, a.email, a.name, a.role, s.id as sessionId, s.confirmed, s.last_used as lastUsed,
            case when a.totp = '' and exists (select 1 from staff_rules where second_factor = 1)
              and not exists (select 1 from passkeys as p where p.account_id = a.id) then 1 else 0 end as owesFactor
          from sessions as s join accounts as a on a.id = s.account_id
          where s.token_hash = ${tokenHash} and s.last_used > ${usedAfter} and s.created > ${createdAfter}
            and a.state = 'active'`),
      )
      if (!row) return undefined
      const { sessionId, confirmed, lastUsed, owesFactor, ...account } = row
      return { account, session: { id: sessionId, confirmed, lastUsed }, owesFactor }
    },

    async add(session: {
      id: string
      tokenHash: string
      accountId: string
      device: string
      now: string
    }): Promise<void> {
      const { id, tokenHash, accountId, device, now } = session
      await db.run(sql`
        insert into sessions (token_hash, id, account_id, device, created, last_used, confirmed)
        values (${tokenHash}, ${id}, ${accountId}, ${device}, ${now}, ${now}, ${now})`)
    },

    /** Gives a session another token; what knew the old one is shut out. */
    async renew(id: string, tokenHash: string, confirmed: string): Promise<void> {
      await db.run(
        sql`update sessions set token_hash = ${tokenHash}, confirmed = ${confirmed} where id = ${id}`,
      )
    },

    async touch(id: string, now: string): Promise<void> {
      await db.run(sql`update sessions set last_used = ${now} where id = ${id}`)
    },

    async ofAccount(accountId: string, { usedAfter, createdAfter }: Limits): Promise<Session[]> {
      return Sessions.parse(
        await db.all(sql`
          select id, device, created, last_used as lastUsed from sessions
          where account_id = ${accountId} and last_used > ${usedAfter} and created > ${createdAfter}
          order by last_used desc, id limit 200`),
      )
    },

    async removeByToken(tokenHash: string): Promise<void> {
      await db.run(sql`delete from sessions where token_hash = ${tokenHash}`)
    },

    /** @returns whether there was one of that account */
    async remove(id: string, accountId: string): Promise<boolean> {
      const { changes } = await db.run(
        sql`delete from sessions where id = ${id} and account_id = ${accountId}`,
      )
      return changes === 1
    },

    /** @param except the session that stays */
    async removeOfAccount(accountId: string, except = ''): Promise<number> {
      const { changes } = await db.run(
        sql`delete from sessions where account_id = ${accountId} and id <> ${except}`,
      )
      return changes
    },

    async removeStale({ usedAfter, createdAfter }: Limits): Promise<void> {
      await db.run(sql`delete from sessions where last_used <= ${usedAfter} or created <= ${createdAfter}`)
    },

    async addHalf(tokenHash: string, accountId: string, expires: string, now: string): Promise<void> {
      await db.run(sql`delete from half_sign_ins where expires <= ${now}`)
      await db.run(sql`
        insert into half_sign_ins (token_hash, account_id, expires)
        values (${tokenHash}, ${accountId}, ${expires})`)
    },

    /** Who gave the right password there and owes the second factor. */
    async half(tokenHash: string, now: string): Promise<string | undefined> {
      return MaybeHalf.parse(
        await db.get(sql`
          select account_id as accountId from half_sign_ins
          where token_hash = ${tokenHash} and expires > ${now}`),
      )?.accountId
    },

    /** @returns whether it was still there: it can be used up only once */
    async removeHalf(tokenHash: string): Promise<boolean> {
      const { changes } = await db.run(sql`delete from half_sign_ins where token_hash = ${tokenHash}`)
      return changes === 1
    },

    async removeHalvesOf(accountId: string): Promise<void> {
      await db.run(sql`delete from half_sign_ins where account_id = ${accountId}`)
    },
  }
}
