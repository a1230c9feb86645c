import { generateSecret, generateURI, verifySync } from 'otplib'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { factorsRepository } from './factors.repository.js'
import type { StaffKeys } from './keys.js'
import { lifetimes } from './lifetimes.js'

/** Clocks may be half a minute apart: RFC 6238, 5.2 allows one step. */
const TOLERANCE = 30

// What an app is asked for. Some know no other hash than SHA-1, whatever the key’s address says, and then that is kept with it.
const algorithms = ['sha256', 'sha1'] as const
type Algorithm = (typeof algorithms)[number]

/** What a sealed seed belongs to: it opens for no other account. */
export const ownerOfSeed = (accountId: string): string => `totp ${accountId}`

export type Totp = ReturnType<typeof totp>

/** Codes of authenticator apps (RFC 6238: six figures, thirty seconds; SHA-256 where the app can, else SHA-1). */
export function totp({ clock, keys }: { clock: Clock; keys: StaffKeys }) {
  const seconds = () => Math.floor(clock().getTime() / 1_000)
  const stepOf = (secret: string, code: string, algorithm: Algorithm): number | undefined => {
    if (!/^\d{6}$/.test(code)) return undefined
    const result = verifySync({
      ...{ secret, algorithm, token: code },
      ...{ epoch: seconds(), epochTolerance: TOLERANCE },
    })
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
        address: generateURI({ issuer, label: account.email, secret, algorithm: 'sha256' }),
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
      for (const algorithm of algorithms) {
        const step = stepOf(secret, code, algorithm)
        if (step === undefined) continue
        const sealed = keys.seal(`${algorithm} ${secret}`, ownerOfSeed(accountId))
        await factorsRepository(tx).saveTotp(accountId, sealed, step)
        return true
      }
      return false
    },

    /** Whether a code is right and was not used yet; it is used up then. */
    async spend(tx: Database, account: { id: string; totp: string }, code: string): Promise<boolean> {
      const kept = account.totp ? keys.open(account.totp, ownerOfSeed(account.id)) : undefined
      if (!kept) return false
      const [algorithm, secret] = read(kept)
      const step = stepOf(secret, code, algorithm)
      return step ? factorsRepository(tx).spendStep(account.id, step) : false
    },
  }
}

// Earlier versions kept the secret alone, and knew SHA-1 alone.
function read(kept: string): [Algorithm, string] {
  const [algorithm, secret] = kept.split(' ')
  return secret === undefined ? ['sha1', kept] : [algorithm === 'sha256' ? 'sha256' : 'sha1', secret]
}
