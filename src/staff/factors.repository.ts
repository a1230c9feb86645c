import { z } from 'zod'
import { type Database, join, raw, sql } from '../foundation/database.js'
import { Passkey } from './schema.js'

const MaybePasskey = Passkey.optional()
const Passkeys = z.array(Passkey)
const Count = z.object({ count: z.int() })
const Seeds = z.array(z.object({ accountId: z.string(), sealed: z.string() }))

const columns = raw(
  'id, account_id as accountId, name, public_key as publicKey, counter, transports, created, last_used as lastUsed',
)

/** What proves an account beside its password. */
export function factorsRepository(db: Database) {
  return {
    async saveTotp(accountId: string, sealed: string, step: number): Promise<void> {
      await db.run(sql`update accounts set totp = ${sealed}, totp_step = ${step} where id = ${accountId}`)
    },

    /** Uses up a time step and all before it. @returns false when it was used already */
    async spendStep(accountId: string, step: number): Promise<boolean> {
      const { changes } = await db.run(sql`
        update accounts set totp_step = ${step} where id = ${accountId} and totp_step < ${step}`)
      return changes === 1
    },

    async saveRecoveryCodes(accountId: string, hashes: string[]): Promise<void> {
      await db.run(sql`delete from recovery_codes where account_id = ${accountId}`)
      for (const hash of hashes)
        await db.run(sql`insert into recovery_codes (code_hash, account_id) values (${hash}, ${accountId})`)
    },

    async recoveryCodesLeft(accountId: string): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from recovery_codes where account_id = ${accountId}`,
      )
      return Count.parse(row).count
    },

    /** @param hashes of one code, by each key. @returns false when there is no such code any more */
    async spendRecoveryCode(accountId: string, hashes: string[]): Promise<boolean> {
      const { changes } = await db.run(
        sql`delete from recovery_codes where code_hash in (${join(hashes)}) and account_id = ${accountId}`,
      )
      return changes === 1
    },

    /** How many codes other keys than this one made. @param key its id */
    async recoveryCodesOfOthers(key: string): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from recovery_codes where code_hash not like ${`${key}.%`}`,
      )
      return Count.parse(row).count
    },

    async removeRecoveryCodesOfOthers(key: string): Promise<void> {
      await db.run(sql`delete from recovery_codes where code_hash not like ${`${key}.%`}`)
    },

    /** Every seed of an app as it is sealed. */
    async sealedSeeds(): Promise<{ accountId: string; sealed: string }[]> {
      return Seeds.parse(
        await db.all(sql`select id as accountId, totp as sealed from accounts where totp <> '' limit 100000`),
      )
    },

    async saveSeed(accountId: string, sealed: string): Promise<void> {
      await db.run(sql`update accounts set totp = ${sealed} where id = ${accountId}`)
    },

    async passkey(id: string): Promise<Passkey | undefined> {
      return MaybePasskey.parse(await db.get(sql`select ${columns} from passkeys where id = ${id}`))
    },

    async passkeysOf(accountId: string): Promise<Passkey[]> {
      return Passkeys.parse(
        await db.all(
          sql`select ${columns} from passkeys where account_id = ${accountId} order by created, id limit 100`,
        ),
      )
    },

    /** @returns false when this passkey is known already */
    async addPasskey(passkey: Passkey): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into passkeys (id, account_id, name, public_key, counter, transports, created)
        values (${passkey.id}, ${passkey.accountId}, ${passkey.name}, ${passkey.publicKey}, ${passkey.counter},
          ${passkey.transports}, ${passkey.created})
        on conflict (id) do nothing`)
      return changes === 1
    },

    async usePasskey(id: string, counter: number, now: string): Promise<void> {
      await db.run(sql`update passkeys set counter = ${counter}, last_used = ${now} where id = ${id}`)
    },

    async removePasskey(id: string, accountId: string): Promise<boolean> {
      const { changes } = await db.run(
        sql`delete from passkeys where id = ${id} and account_id = ${accountId}`,
      )
      return changes === 1
    },

    async removeFactors(accountId: string): Promise<void> {
      await db.run(sql`update accounts set totp = '' where id = ${accountId}`)
      await db.run(sql`delete from recovery_codes where account_id = ${accountId}`)
      await db.run(sql`delete from passkeys where account_id = ${accountId}`)
    },

    /** @returns false when the challenge was answered before */
    async spendChallenge(hash: string, expires: string, now: string): Promise<boolean> {
      await db.run(sql`delete from spent_challenges where expires <= ${now}`)
      const { changes } = await db.run(sql`
        insert into spent_challenges (challenge_hash, expires) values (${hash}, ${expires})
        on conflict (challenge_hash) do nothing`)
      return changes === 1
    },
  }
}
