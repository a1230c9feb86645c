import { type Challenge, createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.js'
import type { Memory } from '../../foundation/memory.js'

// 256 keys on average: about half a second of a laptop, some seconds of a phone. Checking one takes two milliseconds.
const ALGORITHM = 'PBKDF2/SHA-256'
const ROUNDS = 5_000
const KEY_PREFIX = '00'

/** Long enough for a slow device; from the sending of a form on, time does not count. */
const LIFE = 10 * 60_000
const SPENT = 'spent proofs'
const ROOM = { most: 50_000 }

/** What a browser sends back (ALTCHA's payload, version 2). Whatever else stands in it was not signed. */
const Proof = z.object({
  challenge: z.object({
    parameters: z.object({
      ...{ algorithm: z.string(), nonce: z.string(), salt: z.string(), keyPrefix: z.string() },
      ...{ cost: z.number(), keyLength: z.number(), data: z.object({ until: z.number() }) },
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string(), time: z.number().default(0) }),
})
const LONGEST_PROOF = 2_000

export type Challenges = ReturnType<typeof openChallenges>

export interface ChallengesOptions {
  clock: Clock
  memory: Memory
  /** of hashing for each of the keys to be tried */
  rounds?: number | undefined
}

/**
 * Proofs of work, each good for one form. The key that signs challenges and what was spent are in memory only; neither says
 * anything about who solved one.
 */
export function openChallenges({ clock, memory, rounds = ROUNDS }: ChallengesOptions) {
  const signing = () => memory.secret('challenges')

  return {
    /** Something for a browser to work on. @param times how often the usual work */
    make: async (times: number): Promise<Challenge> =>
      createChallenge({
        ...{ algorithm: ALGORITHM, cost: rounds * times, keyPrefix: KEY_PREFIX, deriveKey },
        hmacSignatureSecret: await signing(),
        // Not the library's own `expiresAt`, which is held against the machine's clock instead of the one given.
        data: { until: clock().getTime() + LIFE },
      }),

    /** Whether a form's proof is one, of a challenge of ours, in time and for the first time. It is spent by being asked about. */
    async accept(text: string): Promise<boolean> {
      const proof = read(text)
      if (!proof) return false
      const { parameters, signature } = proof.challenge
      if (parameters.data.until < clock().getTime() || (await memory.find(SPENT, signature))) return false
      const { verified } = await verifySolution({
        ...{ ...proof, deriveKey },
        hmacSignatureSecret: await signing(),
      })
      return verified && memory.keep(SPENT, signature, { value: '', ends: clock().getTime() + LIFE }, ROOM)
    },
  }
}

function read(text: string): z.infer<typeof Proof> | undefined {
  if (text.length === 0 || text.length > LONGEST_PROOF) return undefined
  try {
    return Proof.parse(JSON.parse(Buffer.from(text, 'base64').toString()))
  } catch {
    return undefined
  }
}
