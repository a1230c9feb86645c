import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor, Role } from '../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../foundation/errors.js'
import type { MailService } from '../mail/index.js'
import { factorsRepository } from './factors.repository.js'
import type { Letters } from './letters.js'
import { lifetimes } from './lifetimes.js'
import { linksRepository } from './links.repository.js'
import { staffRepository } from './repository.js'
import type { Person, StoredAccount } from './schema.js'
import { sessionsRepository } from './sessions.repository.js'
import { subjectOf } from './subject.js'
import { newToken, tokenHash } from './tokens.js'

interface Services {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  mail: MailService
  letters: Letters
  siteUrl: string
  standingChanged?: () => Promise<void>
}

/** What owners do with the accounts of others. */
export function people(services: Services) {
  const { db, clock, ids, audit, mail, letters, siteUrl, standingChanged } = services
  const now = () => clock().toISOString()
  const address = (token: string) => `${siteUrl}/admin/invitation/${token}`

  const addLink = (tx: Database, { id, email }: Pick<StoredAccount, 'id' | 'email'>, token: string) =>
    linksRepository(tx).add({
      ...{ tokenHash: tokenHash(token), purpose: 'invitation', accountId: id, email },
      expires: new Date(clock().getTime() + lifetimes.invitation).toISOString(),
    })

  const newAccount = async (tx: Database, actor: Actor | undefined, email: string, role: Role) => {
    if (await staffRepository(tx).accountByEmail(email))
      throw new Invalid('This address has an account already.')
    const account = { id: ids(), email, name: '', role, passwordHash: '', created: now() }
    await staffRepository(tx).addAccount({ ...account, state: 'invited' })
    await audit.record(tx, actor, { action: 'invited', subject: subjectOf(account), details: { role } })
    return account
  }

  const found = async (tx: Database, id: string): Promise<StoredAccount> => {
    const account = await staffRepository(tx).account(id)
    if (!account) throw new NotFound('There is no such account. Somebody may have removed it.')
    return account
  }

  /** Does something to an account that must not leave the paper without an owner. */
  const change = async (
    actor: Actor,
    id: string,
    deed: { action: string; details?: Record<string, string> },
    act: (tx: Database, account: StoredAccount) => Promise<boolean>,
  ): Promise<StoredAccount> => {
    const before = await db.transaction(async tx => {
      const account = await found(tx, id)
      if (!(await act(tx, account))) throw new Conflict(lastOwner)
      await audit.record(tx, actor, { ...deed, subject: subjectOf(account) })
      return account
    })
    await standingChanged?.()
    return before
  }

  const takeFactors = async (tx: Database, actor: Actor | undefined, account: StoredAccount) => {
    await factorsRepository(tx).removeFactors(account.id)
    await sessionsRepository(tx).removeOfAccount(account.id)
    await audit.record(tx, actor, { action: 'removed-second-factors', subject: subjectOf(account) })
    return account
  }

  return {
    async people(): Promise<Person[]> {
      return staffRepository(db).people()
    },

    /** @throws NotFound */
    async person(id: string): Promise<Person> {
      const person = await staffRepository(db).person(id)
      if (!person) throw new NotFound('There is no such account. Somebody may have removed it.')
      return person
    },

    async hasAccount(email: string): Promise<boolean> {
      return (await staffRepository(db).accountByEmail(email)) !== undefined
    },

    /** Mails a link at which somebody makes the account their own. */
    async invite(actor: Actor, { email, role }: { email: string; role: Role }): Promise<void> {
      const token = newToken()
      const letter = await letters.invitation(email, address(token), { by: actor.name, role })
      await db.transaction(async tx => {
        await addLink(tx, await newAccount(tx, actor, email, role), token)
        await mail.queue(tx, letter)
      })
      mail.wake()
    },

    /** The same from the shell. @returns the link, which no mail holds */
    async invitationLink(email: string, role: Role): Promise<string> {
      const token = newToken()
      await db.transaction(async tx => addLink(tx, await newAccount(tx, undefined, email, role), token))
      return address(token)
    },

    /** A new link for who is invited, from the shell; undefined when nobody of that address is. */
    async invitationLinkAgain(email: string): Promise<string | undefined> {
      const token = newToken()
      return db.transaction(async tx => {
        const account = await staffRepository(tx).accountByEmail(email)
        if (account?.state !== 'invited') return undefined
        await linksRepository(tx).removeAll(account.id, 'invitation')
        await addLink(tx, account, token)
        await audit.record(tx, undefined, { action: 'invited-again', subject: subjectOf(account) })
        return address(token)
      })
    },

    /** Mails a new link; the one before opens nothing any more. */
    async inviteAgain(actor: Actor, id: string): Promise<StoredAccount> {
      const token = newToken()
      const { email, role } = await found(db, id)
      const letter = await letters.invitation(email, address(token), { by: actor.name, role })
      const account = await db.transaction(async tx => {
        const account = await found(tx, id)
        if (account.state !== 'invited') throw new Conflict('The invitation was accepted meanwhile.')
        await linksRepository(tx).removeAll(id, 'invitation')
        await addLink(tx, account, token)
        await audit.record(tx, actor, { action: 'invited-again', subject: subjectOf(account) })
        await mail.queue(tx, letter)
        return account
      })
      mail.wake()
      return account
    },

    /**
     * Gives another role, and returns the account as it was before. All its sessions end, so that whoever holds one
     * proves again to be its owner; where it has this role already nothing happens.
     */
    async changeRole(actor: Actor, id: string, role: Role): Promise<StoredAccount> {
      const account = await found(db, id)
      if (account.role === role) return account
      return change(actor, id, { action: 'changed-role', details: { role } }, async tx => {
        await sessionsRepository(tx).removeOfAccount(id)
        return staffRepository(tx).saveRole(id, role)
      })
    },

    /** Keeps somebody out, at once. */
    async disable(actor: Actor, id: string): Promise<StoredAccount> {
      return change(actor, id, { action: 'disabled' }, async (tx, account) => {
        if (account.state === 'invited') throw new Conflict('Take the invitation back instead.')
        await sessionsRepository(tx).removeOfAccount(id)
        await sessionsRepository(tx).removeHalvesOf(id)
        return staffRepository(tx).saveState(id, 'disabled')
      })
    },

    async enable(actor: Actor, id: string): Promise<StoredAccount> {
      return change(actor, id, { action: 'enabled' }, async (tx, account) => {
        if (account.state !== 'disabled') throw new Conflict('This account is not disabled any more.')
        return staffRepository(tx).saveState(id, 'active')
      })
    },

    /** Removes an account, or takes an invitation back. What its owner wrote stays. */
    async remove(actor: Actor, id: string): Promise<StoredAccount> {
      return change(actor, id, { action: 'removed' }, tx => staffRepository(tx).removeAccount(id))
    },

    /** For who lost every second factor: takes them all away. All sessions end. */
    async removeFactors(actor: Actor, id: string): Promise<StoredAccount> {
      return db.transaction(async tx => {
        const account = await found(tx, id)
        if (!account.passwordHash)
          throw new Conflict('This account has no password: its owner chooses one by mail first.')
        return takeFactors(tx, actor, account)
      })
    },

    /** The same from the shell, where the link to a new password is printed beside it. */
    async removeFactorsOf(email: string): Promise<void> {
      await db.transaction(async tx => {
        const account = await staffRepository(tx).accountByEmail(email)
        if (account) await takeFactors(tx, undefined, account)
      })
    },

    async asksForFactor(): Promise<boolean> {
      return staffRepository(db).asksForFactor()
    },

    /** Decides whether everybody needs a second factor before anything else. */
    async askForFactor(actor: Actor, asks: boolean): Promise<void> {
      await db.transaction(async tx => {
        await staffRepository(tx).saveAsksForFactor(asks)
        await audit.record(tx, actor, {
          action: asks ? 'required-second-factor' : 'stopped-requiring-second-factor',
          subject: { kind: 'newsroom', id: 'second-factor', label: '' },
        })
      })
    },
  }
}

const lastOwner = 'This is the only owner at work. Make somebody else an owner first.'
