import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { MailService } from '../mail/index.js'
import type { Letters } from './letters.js'
import { lifetimes } from './lifetimes.js'
import { linksRepository } from './links.repository.js'
import { hashPassword } from './passwords.js'
import { staffRepository } from './repository.js'
import type { StoredAccount } from './schema.js'
import { sessionsRepository } from './sessions.repository.js'
import { subjectOf } from './subject.js'
import { newToken, tokenHash } from './tokens.js'

/** How many links of an account may be open at once. */
const MOST = 3

interface Services {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  mail: MailService
  letters: Letters
  siteUrl: string
}

/** Forgotten passwords. */
export function resets({ db, clock, ids, audit, mail, letters, siteUrl }: Services) {
  const now = () => clock().toISOString()

  const newLink = async (tx: Database, { id, email }: StoredAccount, token: string) => {
    const expires = new Date(clock().getTime() + lifetimes.reset).toISOString()
    await linksRepository(tx).add({
      tokenHash: tokenHash(token),
      purpose: 'reset',
      accountId: id,
      email,
      expires,
    })
  }
  const address = (token: string) => `${siteUrl}/admin/reset/${token}`

  const answer = async (email: string): Promise<void> => {
    const account = await staffRepository(db).accountByEmail(email)
    if (account?.state !== 'active') return
    if ((await linksRepository(db).open(account.id, 'reset', now())) >= MOST) return
    const token = newToken()
    const letter = await letters.reset(account.email, address(token))
    await db.transaction(async tx => {
      await newLink(tx, account, token)
      await audit.record(tx, undefined, { action: 'sent-reset-link', subject: subjectOf(account) })
      await mail.queue(tx, letter)
    })
    mail.wake()
  }

  return {
    /**
     * Notes that somebody asked for a new password. Whether there is such an account is looked up later, by
     * `answerResets`, so that the time of this does not tell.
     */
    async askForReset(email: string): Promise<void> {
      await linksRepository(db).request(ids(), email, now())
    },

    /** Mails a link to everybody who asked for one and has an account. */
    async answerResets(): Promise<void> {
      const requests = await linksRepository(db).takeRequests(100)
      for (const { email } of requests) await answer(email)
    },

    /** A link from the shell; undefined when no such account is at work. */
    async resetLink(email: string): Promise<string | undefined> {
      const account = await staffRepository(db).accountByEmail(email)
      if (account?.state !== 'active') return undefined
      const token = newToken()
      await db.transaction(async tx => {
        await newLink(tx, account, token)
        await audit.record(tx, undefined, { action: 'made-reset-link', subject: subjectOf(account) })
      })
      return address(token)
    },

    /** Whose password a link changes; undefined when it was used, has ended or never was. */
    async resetOf(token: string): Promise<StoredAccount | undefined> {
      const link = await linksRepository(db).find(tokenHash(token), 'reset', now())
      const account = link && (await staffRepository(db).account(link.accountId))
      return account?.state === 'active' ? account : undefined
    },

    /** Changes it, which uses up all links and ends all sessions; the second factor stays. @returns false if too late */
    async reset(token: string, password: string): Promise<boolean> {
      const passwordHash = await hashPassword(password)
      return db.transaction(async tx => {
        const link = await linksRepository(tx).find(tokenHash(token), 'reset', now())
        const account = link && (await staffRepository(tx).account(link.accountId))
        if (account?.state !== 'active') return false
        await linksRepository(tx).removeAll(account.id, 'reset')
        await staffRepository(tx).savePassword(account.id, passwordHash)
        await sessionsRepository(tx).removeOfAccount(account.id)
        await sessionsRepository(tx).removeHalvesOf(account.id)
        await audit.record(tx, account, { action: 'reset-password', subject: subjectOf(account) })
        return true
      })
    },
  }
}
