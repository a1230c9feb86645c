import { generateSecret, generateURI, verifySync } from 'otplib'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { factorsRepository } from './factors.repository.js'
import type { StaffKeys } from './keys.js'
import { lifetimes } from './lifetimes.js'

/** Clocks may be half a minute apart: RFC 6238, 5.2 allows one step. */
const TOLERANCE = 30

export type Totp = ReturnType<typeof totp>

/** Codes of authenticator apps (RFC 6238: SHA-1, six figures, thirty seconds, which every app knows). */
export function totp({ clock, keys }: { clock: Clock; keys: StaffKeys }) {
  const seconds = () => Math.floor(clock().getTime() / 1_000)
  const stepOf = (secret: string, code: string): number | undefined => {
    if (!/^\d{6}$/.test(code)) return undefined
    const result = verifySync({ secret, token: code, epoch: seconds(), epochTolerance: TOLERANCE })
    return result.valid && 'timeStep' in result ? result.timeStep : undefined
  }

  return {
    /** A new secret to be shown, and the same sealed, which the form gives back: until then nothing is kept. */
    offer(account: { id: string; email: string }, issuer: string) {
      const secret = generateSecret()
      return this.offered(secret, account, issuer)
    },

    offered(secret: string, account: { id: string; email: string }, issuer: string) {
      const ends = clock().getTime() + lifetimes.authenticatorOffer
      return {
        secret,
        address: generateURI({ issuer, label: account.email, secret }),
        sealed: keys.seal(`${ends} ${secret}`, `offer ${account.id}`),
      }
    },

    /** The secret of an offer that has not ended. */
    secretOf(sealed: string, accountId: string): string | undefined {
      const [ends, secret] = keys.open(sealed, `offer ${accountId}`)?.split(' ') ?? []
      return Number(ends) > clock().getTime() ? secret : undefined
    },

    /** Keeps a secret once the app has shown its first code. @returns false when the code is not right */
    async install(tx: Database, accountId: string, secret: string, code: string): Promise<boolean> {
      const step = stepOf(secret, code)
      if (step === undefined) return false
      await factorsRepository(tx).saveTotp(accountId, keys.seal(secret, `totp ${accountId}`), step)
      return true
    },

    /** Whether a code is right and was not used yet; it is used up then. */
    async spend(tx: Database, account: { id: string; totp: string }, code: string): Promise<boolean> {
      const secret = account.totp ? keys.open(account.totp, `totp ${account.id}`) : undefined
      const step = secret && stepOf(secret, code)
      return step ? factorsRepository(tx).spendStep(account.id, step) : false
    },
  }
}
