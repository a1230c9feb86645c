import { generateSecret, generateURI, verifySync } from 'otplib'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { factorsRepository } from './factors.repository.js'
import type { StaffKeys } from './keys.js'
import { lifetimes } from './lifetimes.js'
import type { Untimely } from './untimely.js'

/** How long a code lives, in seconds. */
const STEP = 30

// What an app is asked for. Some know no other hash than SHA-1, whatever the key’s address says, and then that is kept with it.
const algorithms = ['sha256', 'sha1'] as const
type Algorithm = (typeof algorithms)[number]

/** What a sealed seed belongs to: it opens for no other account. */
export const ownerOfSeed = (accountId: string): string => `totp ${accountId}`

/** What a code is; `wrong` also where it was used before. */
export type Judgement = 'right' | 'wrong' | Untimely

export type Totp = ReturnType<typeof totp>

/** A code that an app shows now, or showed or will show one step from now. */
interface Shown {
  step: number
  timing: 'now' | Untimely
}

/**
 * Codes of authenticator apps (RFC 6238: six figures, thirty seconds; SHA-256 where the app can, else SHA-1). One is taken in its own
 * thirty seconds and no longer; of the two beside it, which clocks that are half a minute apart bring forth (5.2), it is only said that they are.
 */
export function totp({ clock, keys }: { clock: Clock; keys: StaffKeys }) {
  const seconds = () => Math.floor(clock().getTime() / 1_000)
  const shown = (secret: string, code: string, algorithm: Algorithm): Shown | undefined => {
    if (!/^\d{6}$/.test(code)) return undefined
    const epoch = seconds()
    const result = verifySync({ ...{ secret, algorithm, token: code }, ...{ epoch, epochTolerance: STEP } })
    if (!result.valid || !('timeStep' in result)) return undefined
    const { timeStep: step } = result
    const now = Math.floor(epoch / STEP)
    return { step, timing: step === now ? 'now' : step < now ? 'late' : 'early' }
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

    /** Keeps a secret once the app has shown its first code. */
    async install(tx: Database, accountId: string, secret: string, code: string): Promise<Judgement> {
      const found = algorithms.flatMap(algorithm => {
        const one = shown(secret, code, algorithm)
        return one ? [{ algorithm, ...one }] : []
      })
      const right = found.find(({ timing }) => timing === 'now')
      if (!right) return found.find(isUntimely)?.timing ?? 'wrong'
      const sealed = keys.seal(`${right.algorithm} ${secret}`, ownerOfSeed(accountId))
      await factorsRepository(tx).saveTotp(accountId, sealed, right.step)
      return 'right'
    },

    /** Whether a code is right and was not used yet; it is used up then. */
    async spend(
      tx: Database,
      account: { id: string; totp: string; totpStep: number },
      code: string,
    ): Promise<Judgement> {
      const kept = account.totp ? keys.open(account.totp, ownerOfSeed(account.id)) : undefined
      if (!kept) return 'wrong'
      const [algorithm, secret] = read(kept)
      const found = shown(secret, code, algorithm)
      if (!found || found.step <= account.totpStep) return 'wrong'
      if (found.timing !== 'now') return found.timing
      return (await factorsRepository(tx).spendStep(account.id, found.step)) ? 'right' : 'wrong'
    },
  }
}

function isUntimely<One extends Shown>(one: One): one is One & { timing: Untimely } {
  return one.timing !== 'now'
}

// Earlier versions kept the secret alone, and knew SHA-1 alone.
function read(kept: string): [Algorithm, string] {
  const [algorithm, secret] = kept.split(' ')
  return secret === undefined ? ['sha1', kept] : [algorithm === 'sha256' ? 'sha256' : 'sha1', secret]
}
