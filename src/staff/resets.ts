import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { MailService } from '../mail/index.js'
import type { Letters } from './letters.js'
import { lifetimes } from './lifetimes.js'
import { linksRepository, type ResetRequest } from './links.repository.js'
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

  const mayHaveLink = async (account: StoredAccount | undefined): Promise<boolean> =>
    account?.state === 'active' && (await linksRepository(db).open(account.id, 'reset', now())) < MOST

  const answer = async ({ id, email }: ResetRequest): Promise<void> => {
    const account = await staffRepository(db).accountByEmail(email)
    if (!account || !(await mayHaveLink(account))) return void (await linksRepository(db).takeRequest(id))
    const token = newToken()
    const letter = await letters.reset(account.email, address(token))
    await db.transaction(async tx => {
      // Taken with the mail that answers it: a crash loses neither, and of two programs one answers.
      if (!(await linksRepository(tx).takeRequest(id))) return
      await newLink(tx, account, token)
      await audit.record(tx, undefined, { action: 'sent-reset-link', subject: subjectOf(account) })
      await mail.queue(tx, letter)
    })
    mail.wake()
  }

  const answerAll = async (): Promise<void> => {
    for (const request of await linksRepository(db).requests(100)) await answer(request)
  }
  let answering: Promise<void> = Promise.resolve()

  return {
    /**
     * Notes that somebody asked for a new password. Whether there is such an account is looked up later, by
     * `answerResets`, so that the time of this does not tell.
     */
    async askForReset(email: string): Promise<void> {
      await linksRepository(db).request(ids(), email, now())
    },

    /** How many asked and were not answered yet, at most 100,000. */
    resetsWaiting: (): Promise<number> => linksRepository(db).countRequests(100_000),

    /** Mails a link to everybody who asked for one before this call and has an account. */
    answerResets(): Promise<void> {
      answering = answering.then(answerAll, answerAll)
      return answering
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
