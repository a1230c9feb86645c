import { z } from 'zod'
import { type Database, raw, sql } from '../foundation/database.js'
import type { Role } from '../foundation/desk.js'
import { Person, type State, StoredAccount } from './schema.js'

const Found = z.object({ found: z.literal(1) }).optional()
const MaybeAccount = StoredAccount.optional()
const People = z.array(Person)
const MaybePerson = Person.optional()
const Rules = z.object({ secondFactor: z.int().transform(Boolean) }).optional()

const stored = raw(
  'id, email, name, role, password_hash as passwordHash, created, state, totp, totp_step as totpStep',
)
const person = raw(`a.id, a.email, a.name, a.role, a.state, a.created, a.last_seen as lastSeen,
  case when a.password_hash <> '' then 1 else 0 end as hasPassword,
  case when a.totp <> '' then 1 else 0 end as hasAuthenticator,
  (select count(*) from passkeys as p where p.account_id = a.id) as passkeys`)
const people = raw('accounts as a')

// Somebody else must be able to open every door once this account cannot any more.
const notTheLastOwner = (id: string) => sql`(role <> 'owner' or state <> 'active' or exists (
  select 1 from accounts as other where other.role = 'owner' and other.state = 'active' and other.id <> ${id}))`

/** Accounts, and what the owners decided for all of them. */
export function staffRepository(db: Database) {
  return {
    async hasOwner(): Promise<boolean> {
      const row = await db.get(
        sql`select 1 as found from accounts where role = 'owner' and state <> 'invited' limit 1`,
      )
      return Found.parse(row) !== undefined
    },

    async addAccount(account: Omit<StoredAccount, 'totp' | 'totpStep'>): Promise<void> {
      await db.run(sql`
        insert into accounts (id, email, name, role, password_hash, created, state)
        values (${account.id}, ${account.email}, ${account.name}, ${account.role}, ${account.passwordHash},
          ${account.created}, ${account.state})`)
    },

    async accountByEmail(email: string): Promise<StoredAccount | undefined> {
      return MaybeAccount.parse(await db.get(sql`select ${stored} from accounts where email = ${email}`))
    },

    async account(id: string): Promise<StoredAccount | undefined> {
      return MaybeAccount.parse(await db.get(sql`select ${stored} from accounts where id = ${id}`))
    },

    /** Everybody; a newsroom has few. Owners first, then by name. */
    async people(): Promise<Person[]> {
      return People.parse(
        await db.all(sql`
          select ${person} from ${people}
          order by case a.role when 'owner' then 0 when 'editor' then 1 when 'author' then 2 else 3 end, a.name, a.email
          limit 1000`),
      )
    },

    async person(id: string): Promise<Person | undefined> {
      return MaybePerson.parse(await db.get(sql`select ${person} from ${people} where a.id = ${id}`))
    },

    /** @returns false when there is none, or it is the last owner's */
    async saveRole(id: string, role: Role): Promise<boolean> {
      const { changes } = await db.run(sql`
        update accounts set role = ${role}
        where id = ${id} and (${role} = 'owner' or ${notTheLastOwner(id)})`)
      return changes === 1
    },

    /** @returns false when there is none, or it is the last owner's */
    async saveState(id: string, state: State): Promise<boolean> {
      const { changes } = await db.run(sql`
        update accounts set state = ${state}
        where id = ${id} and (${state} = 'active' or ${notTheLastOwner(id)})`)
      return changes === 1
    },

    /** @returns false when there is none, or it is the last owner's */
    async removeAccount(id: string): Promise<boolean> {
      const { changes } = await db.run(sql`delete from accounts where id = ${id} and ${notTheLastOwner(id)}`)
      return changes === 1
    },

    async saveName(id: string, name: string): Promise<void> {
      await db.run(sql`update accounts set name = ${name} where id = ${id}`)
    },

    async saveEmail(id: string, email: string): Promise<void> {
      await db.run(sql`update accounts set email = ${email} where id = ${id}`)
    },

    async savePassword(id: string, passwordHash: string): Promise<void> {
      await db.run(sql`update accounts set password_hash = ${passwordHash} where id = ${id}`)
    },

    async seen(id: string, now: string): Promise<void> {
      await db.run(sql`update accounts set last_seen = ${now} where id = ${id}`)
    },

    /** Whether everybody needs a second factor. */
    async asksForFactor(): Promise<boolean> {
      const row = await db.get(sql`select second_factor as secondFactor from staff_rules where only = 1`)
      return Rules.parse(row)?.secondFactor ?? false
    },

    async saveAsksForFactor(asks: boolean): Promise<void> {
      await db.run(sql`
        insert into staff_rules (only, second_factor) values (1, ${asks ? 1 : 0})
        on conflict (only) do update set second_factor = excluded.second_factor`)
    },

    async removeSetupLinks(): Promise<void> {
      await db.run(sql`delete from staff_links where purpose = 'setup'`)
    },

    async addSetupLink(tokenHash: string, expires: string): Promise<void> {
      await db.run(sql`
        insert into staff_links (token_hash, purpose, expires) values (${tokenHash}, 'setup', ${expires})`)
    },

    async hasSetupLink(tokenHash: string, now: string): Promise<boolean> {
      const row = await db.get(sql`
        select 1 as found from staff_links
        where token_hash = ${tokenHash} and purpose = 'setup' and expires > ${now}`)
      return Found.parse(row) !== undefined
    },
  }
}
