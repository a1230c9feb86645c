import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Role } from '../foundation/desk.js'
import { Invalid } from '../foundation/errors.js'
import type { Browser, Entered } from './entrance.js'
import type { KnownDevices } from './known-devices.js'
import { lifetimes } from './lifetimes.js'
import { linksRepository } from './links.repository.js'
import type { Passkeys } from './passkeys.js'
import { hashPassword } from './passwords.js'
import type { RecoveryCodes } from './recovery-codes.js'
import { staffRepository } from './repository.js'
import type { Account, SetupForm, StoredAccount } from './schema.js'
import type { Sessions } from './sessions.js'
import { subjectOf } from './subject.js'
import { newToken, tokenHash } from './tokens.js'

interface Services {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  sessions: Sessions
  devices: KnownDevices
  passkeys: Passkeys
  recoveryCodes: RecoveryCodes
  siteUrl: string
}

/** How accounts come to be: the owner's by the program's link, others by invitation or at the shell. */
export function arrivals(services: Services) {
  const { db, clock, ids, audit, sessions, devices, passkeys, recoveryCodes, siteUrl } = services
  const now = () => clock().toISOString()
  const repository = staffRepository(db)

  const enter = async (tx: Database, { id, email }: Account, { device }: Browser): Promise<Entered> => ({
    session: await sessions.openSession(tx, id, device),
    mark: devices.newMark(email),
  })

  const invited = async (tx: Database, token: string): Promise<StoredAccount | undefined> => {
    const link = await linksRepository(tx).find(tokenHash(token), 'invitation', now())
    const account = link && (await staffRepository(tx).account(link.accountId))
    return account?.state === 'invited' ? account : undefined
  }

  const accept = async (tx: Database, token: string, name: string): Promise<StoredAccount | undefined> => {
    const account = await invited(tx, token)
    if (!account) return undefined
    await linksRepository(tx).removeAll(account.id, 'invitation')
    await staffRepository(tx).saveName(account.id, name)
    await staffRepository(tx).saveState(account.id, 'active')
    const named = { ...account, name }
    await audit.record(tx, named, { action: 'accepted-invitation', subject: subjectOf(named) })
    return named
  }

  return {
    /** A fresh address at which the owner's account is made, once and within 48 hours; undefined once there is one. */
    async setupLink(): Promise<string | undefined> {
      const token = newToken()
      return db.transaction(async tx => {
        const repository = staffRepository(tx)
        if (await repository.hasOwner()) return undefined
        const expires = new Date(clock().getTime() + lifetimes.setupLink).toISOString()
        await repository.removeSetupLinks()
        await repository.addSetupLink(tokenHash(token), expires)
        return `${siteUrl}/admin/setup?token=${token}`
      })
    },

    async hasOwner(): Promise<boolean> {
      return repository.hasOwner()
    },

    async isSetupToken(token: string): Promise<boolean> {
      return repository.hasSetupLink(tokenHash(token), now())
    },

    /**
     * Makes the owner's account, which uses the link up, and signs its owner in.
     * @returns undefined when the link was used meanwhile
     */
    async setUp(token: string, form: SetupForm, browser: Browser): Promise<Entered | undefined> {
      const passwordHash = await hashPassword(form.password)
      return db.transaction(async tx => {
        const repository = staffRepository(tx)
        const open = await repository.hasSetupLink(tokenHash(token), now())
        if (!open || (await repository.hasOwner()) || (await repository.accountByEmail(form.email)))
          return undefined
        const { email, name } = form
        const account = { id: ids(), email, name, role: 'owner' as const, passwordHash, created: now() }
        await repository.removeSetupLinks()
        await repository.addAccount({ ...account, state: 'active' })
        await audit.record(tx, account, { action: 'set-up', subject: subjectOf(account) })
        return enter(tx, account, browser)
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
        await staffRepository(tx).addAccount({ ...account, state: 'active' })
        await audit.record(tx, undefined, { action: 'added', subject: subjectOf(account), details: { role } })
        return account
      })
    },

    /** Who is invited by a link; undefined when it was used, has ended or never was. */
    async invitedBy(token: string): Promise<StoredAccount | undefined> {
      return invited(db, token)
    },

    /** Takes an invitation with a password. @returns undefined when it was taken meanwhile */
    async acceptWithPassword(
      token: string,
      { name, password }: { name: string; password: string },
      browser: Browser,
    ): Promise<Entered | undefined> {
      const passwordHash = await hashPassword(password)
      return db.transaction(async tx => {
        const account = await accept(tx, token, name)
        if (!account) return undefined
        await staffRepository(tx).savePassword(account.id, passwordHash)
        return enter(tx, account, browser)
      })
    },

    /** Takes it with a passkey, which is then the only factor. @returns undefined when its answer is not right */
    async acceptWithPasskey(
      token: string,
      { name, credential }: { name: string; credential: unknown },
      browser: Browser,
    ): Promise<(Entered & { codes: string[] }) | undefined> {
      const candidate = await invited(db, token)
      const keep = candidate && (await passkeys.registered(candidate.id, browser.device, credential))
      if (!keep) return undefined
      return db.transaction(async tx => {
        const account = await accept(tx, token, name)
        if (!account) return undefined
        if (!(await keep(tx))) throw new Invalid('This passkey belongs to another account already.')
        const codes = await recoveryCodes.renew(tx, account.id)
        return { ...(await enter(tx, account, browser)), codes }
      })
    },
  }
}
