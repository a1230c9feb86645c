import type { AuditService } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Role } from '../foundation/desk.js'
import { Invalid } from '../foundation/errors.js'
import { hashPassword, isPassword } from './passwords.js'
import { staffRepository } from './repository.js'
import type { Account, SetupForm, SignInForm } from './schema.js'
import { newToken, tokenHash } from './tokens.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SETUP_LINK_LASTS = 48 * HOUR
const UNUSED_SESSION_LASTS = 14 * DAY
/** How long a session lasts at most, in milliseconds. */
export const SESSION_LASTS = 90 * DAY

export interface StaffServices {
  db: Database
  clock: Clock
  ids: Ids
  config: Pick<Config, 'siteUrl'>
  audit: AuditService
}

export type StaffService = ReturnType<typeof staffService>

export function staffService({ db, clock, ids, config, audit }: StaffServices) {
  const repository = staffRepository(db)
  const now = () => clock().toISOString()
  const ago = (milliseconds: number) => new Date(clock().getTime() - milliseconds).toISOString()
  const alive = () => ({ usedAfter: ago(UNUSED_SESSION_LASTS), createdAfter: ago(SESSION_LASTS) })

  const openSession = async (tx: Database, accountId: string): Promise<string> => {
    const token = newToken()
    await staffRepository(tx).removeStaleSessions(alive())
    await staffRepository(tx).addSession(tokenHash(token), accountId, now())
    return token
  }

  return {
    /** A fresh address at which the owner's account is made, once and within 48 hours; undefined once there is one. */
    async setupLink(): Promise<string | undefined> {
      const token = newToken()
      return db.transaction(async tx => {
        const repository = staffRepository(tx)
        if (await repository.hasOwner()) return undefined
        await repository.removeLinks()
        await repository.addLink(tokenHash(token), ago(-SETUP_LINK_LASTS))
        return `${config.siteUrl}/admin/setup?token=${token}`
      })
    },

    async hasOwner(): Promise<boolean> {
      return repository.hasOwner()
    },

    async isSetupToken(token: string): Promise<boolean> {
      return repository.hasLink(tokenHash(token), now())
    },

    /**
     * Makes the owner's account, which uses the link up, and signs its owner in.
     * @returns the session's token; undefined when the link was used meanwhile
     */
    async setUp(token: string, { name, email, password }: SetupForm): Promise<string | undefined> {
      const passwordHash = await hashPassword(password)
      return db.transaction(async tx => {
        const repository = staffRepository(tx)
        if (!(await repository.hasLink(tokenHash(token), now())) || (await repository.hasOwner()))
          return undefined
        const account = { id: ids(), email, name, role: 'owner' as const, passwordHash, created: now() }
        await repository.removeLinks()
        await repository.addAccount(account)
        await audit.record(tx, account, { action: 'set-up', subject: subjectOf(account) })
        return openSession(tx, account.id)
      })
    },

    /**
     * Makes an account from the shell.
     * @throws Invalid when the address has one already
     */
    async addAccount({ name, email, role, password }: SetupForm & { role: Role }): Promise<Account> {
      const passwordHash = await hashPassword(password)
      return db.transaction(async tx => {
        if (await staffRepository(tx).accountByEmail(email))
          throw new Invalid('This address has an account already.')
        const account = { id: ids(), email, name, role, passwordHash, created: now() }
        await staffRepository(tx).addAccount(account)
        await audit.record(tx, undefined, { action: 'added', subject: subjectOf(account), details: { role } })
        return account
      })
    },

    /** @returns the token of a new session; undefined when address and password do not belong together */
    async signIn({ email, password }: SignInForm): Promise<string | undefined> {
      const account = await repository.accountByEmail(email)
      const right = await isPassword(account?.passwordHash, password)
      if (!account || !right) return undefined
      return db.transaction(tx => openSession(tx, account.id))
    },

    /** Whose session it is; undefined when it has ended or never was. */
    async accountOf(token: string): Promise<Account | undefined> {
      const found = await repository.accountOf(tokenHash(token), alive())
      if (!found) return undefined
      const { lastUsed, ...account } = found
      // Noted hourly, so that reading pages does not write to the disk each time.
      if (lastUsed < ago(HOUR)) await repository.touchSession(tokenHash(token), now())
      return account
    },

    async signOut(token: string): Promise<void> {
      await repository.removeSession(tokenHash(token))
    },
  }
}

function subjectOf({ id, name }: Account) {
  return { kind: 'account', id, label: name }
}
