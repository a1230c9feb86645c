import type { AuditService } from '../audit/index.js'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { Conflict, NotFound } from '../foundation/errors.js'
import type { MailService } from '../mail/index.js'
import { factorsRepository } from './factors.repository.js'
import type { Letters } from './letters.js'
import { lifetimes } from './lifetimes.js'
import { linksRepository } from './links.repository.js'
import type { Passkeys } from './passkeys.js'
import { hashPassword } from './passwords.js'
import type { RecoveryCodes } from './recovery-codes.js'
import { staffRepository } from './repository.js'
import type { Passkey, SignedIn } from './schema.js'
import type { Sessions } from './sessions.js'
import { sessionsRepository } from './sessions.repository.js'
import { subjectOf } from './subject.js'
import { newToken, tokenHash } from './tokens.js'
import type { Judgement, Totp } from './totp.js'

/** Passkeys that one account may have. */
const MOST_PASSKEYS = 20

/** What a session gets that may do more from now on: its new token, and recovery codes when they are new. */
export interface Raised {
  session: string
  codes: string[] | undefined
}

interface Services {
  db: Database
  clock: Clock
  audit: AuditService
  mail: MailService
  letters: Letters
  sessions: Sessions
  totp: Totp
  recoveryCodes: RecoveryCodes
  passkeys: Passkeys
  siteUrl: string
}

/** What everybody does with their own account. */
export function ownAccount(services: Services) {
  const { db, clock, audit, mail, letters, sessions, totp, recoveryCodes, passkeys, siteUrl } = services
  const now = () => clock().toISOString()

  const note = (tx: Database, { account }: SignedIn, action: string, details: Record<string, string> = {}) =>
    audit.record(tx, account, { action, subject: subjectOf(account), details })

  const hasFactor = async (tx: Database, accountId: string): Promise<boolean> => {
    const account = await staffRepository(tx).account(accountId)
    return account?.totp !== '' || (await factorsRepository(tx).passkeysOf(accountId)).length > 0
  }

  /** After a factor was added. With the first come recovery codes, and every other browser signs in anew. */
  const raise = async (tx: Database, { account, session }: SignedIn, first: boolean): Promise<Raised> => {
    if (first) await sessionsRepository(tx).removeOfAccount(account.id, session.id)
    const codes = first ? await recoveryCodes.renew(tx, account.id) : undefined
    return { session: await sessions.renewSession(tx, session.id), codes }
  }

  /** After a factor was taken away: codes that stand in for nothing are no use to anybody. */
  const lower = async (tx: Database, accountId: string): Promise<void> => {
    if (!(await hasFactor(tx, accountId))) await factorsRepository(tx).saveRecoveryCodes(accountId, [])
  }

  return {
    /** What the page of one's own account shows. */
    async factorsOf(accountId: string) {
      const account = await staffRepository(db).account(accountId)
      return {
        password: Boolean(account?.passwordHash),
        app: Boolean(account?.totp),
        passkeys: await passkeys.of(accountId),
        codesLeft: await factorsRepository(db).recoveryCodesLeft(accountId),
      }
    },

    async rename(who: SignedIn, name: string): Promise<void> {
      await db.transaction(async tx => {
        await staffRepository(tx).saveName(who.account.id, name)
        await note(tx, who, 'renamed', { name })
      })
    },

    /**
     * Mails a link to a new address. Whether it has an account already is found out when the link is used, by its
     * owner alone.
     */
    async askForEmail(who: SignedIn, email: string): Promise<void> {
      const token = newToken()
      const letter = await letters.newAddress(email, `${siteUrl}/admin/confirm-email/${token}`)
      await db.transaction(async tx => {
        const expires = new Date(clock().getTime() + lifetimes.email).toISOString()
        const link = { tokenHash: tokenHash(token), accountId: who.account.id, email, expires }
        await linksRepository(tx).removeAll(who.account.id, 'email')
        await linksRepository(tx).add({ ...link, purpose: 'email' })
        await note(tx, who, 'asked-for-new-address')
        await mail.queue(tx, letter)
      })
      mail.wake()
    },

    /** The address that a link confirms; undefined when it was used, has ended or never was. */
    async newEmailOf(token: string): Promise<string | undefined> {
      return (await linksRepository(db).find(tokenHash(token), 'email', now()))?.email
    },

    /** Takes the new address; the old one is told. @throws Conflict when it has an account already */
    async confirmEmail(token: string): Promise<boolean> {
      const link = await linksRepository(db).find(tokenHash(token), 'email', now())
      const before = link && (await staffRepository(db).account(link.accountId))
      if (!link || !before) return false
      const notice = await letters.notice(before.email, `You sign in with ${link.email} from now on.`)
      await db.transaction(async tx => {
        if (!(await linksRepository(tx).find(tokenHash(token), 'email', now()))) throw new NotFound()
        if (await staffRepository(tx).accountByEmail(link.email))
          throw new Conflict('Another account has this address. Use a different one.')
        await linksRepository(tx).removeAll(link.accountId, 'email')
        await linksRepository(tx).removeAll(link.accountId, 'reset')
        await staffRepository(tx).saveEmail(link.accountId, link.email)
        await audit.record(tx, before, { action: 'changed-address', subject: subjectOf(before) })
        await mail.queue(tx, notice)
      })
      mail.wake()
      return true
    },

    /** Every other browser signs in anew. @returns the session's new token */
    async changePassword(who: SignedIn, password: string): Promise<string> {
      const { account, session } = who
      const passwordHash = await hashPassword(password)
      const notice = await letters.notice(account.email, 'The password was changed.')
      const token = await db.transaction(async tx => {
        await staffRepository(tx).savePassword(account.id, passwordHash)
        await sessionsRepository(tx).removeOfAccount(account.id, session.id)
        await sessionsRepository(tx).removeHalvesOf(account.id)
        await linksRepository(tx).removeAll(account.id, 'reset')
        await note(tx, who, 'changed-password')
        await mail.queue(tx, notice)
        return sessions.renewSession(tx, session.id)
      })
      mail.wake()
      return token
    },

    /** Keeps an app's secret once it showed the right code. @returns what is wrong with the code otherwise */
    async addApp(who: SignedIn, secret: string, code: string): Promise<Raised | Exclude<Judgement, 'right'>> {
      return db.transaction(async tx => {
        const first = !(await hasFactor(tx, who.account.id))
        const judged = await totp.install(tx, who.account.id, secret, code)
        if (judged !== 'right') return judged
        await note(tx, who, 'added-app')
        return raise(tx, who, first)
      })
    },

    async removeApp(who: SignedIn): Promise<void> {
      await db.transaction(async tx => {
        await factorsRepository(tx).saveTotp(who.account.id, '', 0)
        await lower(tx, who.account.id)
        await note(tx, who, 'removed-app')
      })
    },

    /** @returns undefined when what the browser sent is not right */
    async addPasskey(who: SignedIn, name: string, response: unknown): Promise<Raised | undefined> {
      const keep = await passkeys.registered(who.account.id, name, response)
      if (!keep) return undefined
      return db.transaction(async tx => {
        const known = await factorsRepository(tx).passkeysOf(who.account.id)
        if (known.length >= MOST_PASSKEYS)
          throw new Conflict('This account has twenty passkeys. Remove one that is not used any more first.')
        const first = !(await hasFactor(tx, who.account.id))
        if (!(await keep(tx))) return undefined
        await note(tx, who, 'added-passkey', { passkey: name })
        return raise(tx, who, first)
      })
    },

    /** @throws Conflict when it is all that opens the account */
    async removePasskey(who: SignedIn, id: string): Promise<Passkey> {
      return db.transaction(async tx => {
        const account = await staffRepository(tx).account(who.account.id)
        const known = await factorsRepository(tx).passkeysOf(who.account.id)
        const passkey = known.find(one => one.id === id)
        if (!passkey) throw new NotFound('There is no such passkey any more.')
        if (!account?.passwordHash && known.length === 1)
          throw new Conflict('This passkey is all that opens your account. Set a password first.')
        await factorsRepository(tx).removePasskey(id, who.account.id)
        await lower(tx, who.account.id)
        await note(tx, who, 'removed-passkey', { passkey: passkey.name })
        return passkey
      })
    },

    /** New codes; all earlier ones end. @throws Conflict without a second factor, for which they would stand in */
    async renewCodes(who: SignedIn): Promise<string[]> {
      return db.transaction(async tx => {
        if (!(await hasFactor(tx, who.account.id)))
          throw new Conflict('Recovery codes stand in for a second factor. Set one up first.')
        await note(tx, who, 'made-recovery-codes')
        return recoveryCodes.renew(tx, who.account.id)
      })
    },

    /** Signs this browser out. */
    async leave(who: SignedIn): Promise<void> {
      await db.transaction(async tx => {
        await sessionsRepository(tx).remove(who.session.id, who.account.id)
        await note(tx, who, 'signed-out')
      })
    },

    /** Signs one of the account's browsers out. @throws NotFound when there is none */
    async endSession(who: SignedIn, id: string): Promise<void> {
      await db.transaction(async tx => {
        if (!(await sessionsRepository(tx).remove(id, who.account.id)))
          throw new NotFound('This session has ended already.')
        await note(tx, who, 'ended-session')
      })
    },

    /** Signs all browsers out but this one. @returns how many there were */
    async endOtherSessions(who: SignedIn): Promise<number> {
      return db.transaction(async tx => {
        const ended = await sessionsRepository(tx).removeOfAccount(who.account.id, who.session.id)
        await note(tx, who, 'ended-other-sessions')
        return ended
      })
    },
  }
}
