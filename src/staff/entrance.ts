import type { AuditService } from '../audit/index.js'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Log } from '../foundation/log.js'
import type { Attempts } from './attempts.js'
import { factorsRepository } from './factors.repository.js'
import type { KnownDevices } from './known-devices.js'
import { lifetimes } from './lifetimes.js'
import type { Answered, Passkeys } from './passkeys.js'
import { isPassword } from './passwords.js'
import type { RecoveryCodes } from './recovery-codes.js'
import { staffRepository } from './repository.js'
import type { SignedIn, SignInForm, StoredAccount } from './schema.js'
import type { Sessions } from './sessions.js'
import { sessionsRepository } from './sessions.repository.js'
import { subjectOf } from './subject.js'
import { newToken, tokenHash } from './tokens.js'
import type { Judgement, Totp } from './totp.js'
import type { Untimely } from './untimely.js'

/** The browser at the door. */
export interface Browser {
  /** as `Firefox on Linux` */
  device: string
  /** what marks it as one that signed in before */
  mark: string | undefined
}

/** What a browser gets that came in: its session, and the mark that it did. */
export interface Entered {
  session: string
  mark: string
}

/** What a browser gets that gave the right password and owes a second factor. It opens nothing. */
export interface HalfWay {
  half: string
}

interface Services {
  db: Database
  clock: Clock
  log: Log
  audit: AuditService
  attempts: Attempts
  devices: KnownDevices
  sessions: Sessions
  totp: Totp
  recoveryCodes: RecoveryCodes
  passkeys: Passkeys
}

/** How colleagues come in, and how they prove to be there still. */
export function entrance(services: Services) {
  const { db, clock, log, audit, attempts, devices, sessions, totp, recoveryCodes, passkeys } = services
  const now = () => clock().toISOString()

  /** Who came in by which proof; notes it and opens the session. */
  const enter = async (
    tx: Database,
    account: StoredAccount,
    { device }: Browser,
    by: string,
  ): Promise<Entered> => {
    await audit.record(tx, account, {
      action: 'signed-in',
      subject: subjectOf(account),
      details: { by, device },
    })
    return {
      session: await sessions.openSession(tx, account.id, device),
      mark: devices.newMark(account.email),
    }
  }

  // Who came in stands in the trail. Who did not stands in the log alone, with the number of the account and never with what was
  // typed, and in the same time whether or not there is such an account.
  const refused = (by: string, account: { id: string } | undefined): undefined => {
    log.info({ by, account: account?.id ?? 'unknown' }, 'signing in was refused')
    return undefined
  }

  // A device that is known has tries of its own, so that strangers cannot shut it out.
  const tryOf = (what: string, email: string, { mark }: Browser) =>
    `${what} ${email} ${devices.deviceOf(mark, email) ?? 'stranger'}`

  /** A code of the app that is right but for the clock counts as no failure, or a device with a slow clock would lock its owner out. */
  const refusedCode = async (
    tx: Database,
    account: { id: string },
    attempt: string,
    judged: Judgement,
    by = 'code',
  ): Promise<Untimely | undefined> => {
    refused(by, account)
    if (judged !== 'late' && judged !== 'early') return undefined
    await attempts.takeBack(tx, attempt)
    return judged
  }

  const activeAccount = async (id: string): Promise<StoredAccount | undefined> => {
    const account = await staffRepository(db).account(id)
    return account?.state === 'active' ? account : undefined
  }

  const owesFactor = async ({ id, totp }: StoredAccount): Promise<boolean> =>
    totp !== '' || (await factorsRepository(db).passkeysOf(id)).length > 0

  const enterByPasskey = (answer: Answered, account: StoredAccount, browser: Browser, by: string) =>
    db.transaction(async tx => ((await answer.spend(tx)) ? enter(tx, account, browser, by) : undefined))

  return {
    /**
     * @returns undefined when address and password do not belong together
     * @throws TooMany after five tries that failed, whether or not there is such an account
     */
    async signIn(form: SignInForm, browser: Browser): Promise<Entered | HalfWay | undefined> {
      const attempt = tryOf('password', form.email, browser)
      await attempts.begin(attempt)
      const account = await staffRepository(db).accountByEmail(form.email)
      const right = await isPassword(account?.passwordHash, form.password)
      if (!account || !right || account.state !== 'active') return refused('password', account)
      const owed = await owesFactor(account)
      return db.transaction(async tx => {
        await attempts.succeed(tx, attempt)
        if (!owed) return enter(tx, account, browser, 'password')
        const half = newToken()
        const ends = new Date(clock().getTime() + lifetimes.halfSignIn).toISOString()
        await sessionsRepository(tx).addHalf(tokenHash(half), account.id, ends, now())
        return { half }
      })
    },

    /** Whoever gave the right password in this browser, and which second factors there are. */
    async halfWay(half: string): Promise<{ accountId: string; app: boolean; passkey: boolean } | undefined> {
      const id = await sessionsRepository(db).half(tokenHash(half), now())
      const account = id && (await activeAccount(id))
      if (!account) return undefined
      const passkey = (await factorsRepository(db).passkeysOf(account.id)).length > 0
      return { accountId: account.id, app: account.totp !== '', passkey }
    },

    /**
     * Comes in with the app's code or a recovery code.
     * @returns undefined when it is not right, or was used before
     * @throws TooMany after five codes that were wrong; one that comes half a minute late or early is not counted
     */
    async enterCode(half: string, code: string, browser: Browser): Promise<Entered | Untimely | undefined> {
      const id = await sessionsRepository(db).half(tokenHash(half), now())
      const account = id && (await activeAccount(id))
      if (!account) return undefined
      const attempt = tryOf('code', account.email, browser)
      await attempts.begin(attempt)
      return db.transaction(async tx => {
        const judged = await totp.spend(tx, account, code)
        const byApp = judged === 'right'
        if (!byApp && !(await recoveryCodes.spend(tx, account.id, code)))
          return refusedCode(tx, account, attempt, judged)
        if (!(await sessionsRepository(tx).removeHalf(tokenHash(half)))) return undefined
        await attempts.succeed(tx, attempt)
        return enter(tx, account, browser, byApp ? 'password and app' : 'password and recovery code')
      })
    },

    /** Comes in with a passkey after the password. */
    async enterPasskey(half: string, response: unknown, browser: Browser): Promise<Entered | undefined> {
      const id = await sessionsRepository(db).half(tokenHash(half), now())
      const account = id && (await activeAccount(id))
      if (!account) return undefined
      const answer = await passkeys.answered(`second-factor ${account.id}`, response)
      if (answer?.accountId !== account.id) return refused('passkey after the password', account)
      await sessionsRepository(db).removeHalf(tokenHash(half))
      return enterByPasskey(answer, account, browser, 'password and passkey')
    },

    /** Comes in with a passkey alone: it is a factor that one has, opened by one that one is or knows. */
    async signInWithPasskey(response: unknown, browser: Browser): Promise<Entered | undefined> {
      const answer = await passkeys.answered('sign-in', response)
      const account = answer && (await activeAccount(answer.accountId))
      return account ? enterByPasskey(answer, account, browser, 'passkey') : refused('passkey', undefined)
    },

    async startAgain(half: string): Promise<void> {
      await sessionsRepository(db).removeHalf(tokenHash(half))
    },

    /**
     * Proves that the owner of a session is there, with all that signing in would take: the password and, from who has a
     * second factor, a code of the app or a recovery code.
     * @returns the session's new token, or what is wrong: `late` and `early` are codes
     */
    async confirm(
      { account, session }: SignedIn,
      { password, code }: { password: string; code: string },
    ): Promise<{ session: string } | { wrong: 'password' | 'code' | Untimely }> {
      const attempt = `confirm ${account.id} ${session.id}`
      await attempts.begin(attempt)
      const stored = await staffRepository(db).account(account.id)
      if (!stored || !(await isPassword(stored.passwordHash, password))) {
        refused('password, as a proof', account)
        return { wrong: 'password' }
      }
      const owed = await owesFactor(stored)
      return db.transaction(async tx => {
        const judged = owed ? await totp.spend(tx, stored, code) : 'right'
        if (judged !== 'right' && !(await recoveryCodes.spend(tx, stored.id, code)))
          return { wrong: (await refusedCode(tx, account, attempt, judged, 'code, as a proof')) ?? 'code' }
        await attempts.succeed(tx, attempt)
        return { session: await sessions.renewSession(tx, session.id) }
      })
    },

    /** The same with a passkey. */
    async confirmWithPasskey({ account, session }: SignedIn, response: unknown): Promise<string | undefined> {
      const answer = await passkeys.answered(`confirm ${account.id}`, response)
      if (answer?.accountId !== account.id) return refused('passkey, as a proof', account)
      return db.transaction(async tx =>
        (await answer.spend(tx)) ? sessions.renewSession(tx, session.id) : undefined,
      )
    },
  }
}
