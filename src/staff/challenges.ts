import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { factorsRepository } from './factors.repository.js'
import type { StaffKeys } from './keys.js'
import { lifetimes } from './lifetimes.js'

export type Challenges = ReturnType<typeof challenges>

/**
 * Challenges for passkeys. Each carries when it ends and a mark of ours over that and its purpose, so asking for one
 * leaves nothing behind that strangers could pile up; answered ones are noted, and are not taken twice.
 */
export function challenges({ clock, keys }: { clock: Clock; keys: StaffKeys }) {
  const marked = (body: Buffer, purpose: string) => `${purpose} ${body.toString('hex')}`

  return {
    /** @param purpose what the answer will be good for, and for whom */
    newChallenge(purpose: string): Uint8Array<ArrayBuffer> {
      const end = Buffer.alloc(8)
      end.writeBigUInt64BE(BigInt(clock().getTime() + lifetimes.challenge))
      const body = Buffer.concat([end, randomBytes(24)])
      const mark = Buffer.from(keys.mark('challenge', marked(body, purpose)), 'base64url')
      return new Uint8Array(Buffer.concat([body, mark]))
    },

    /** Whether it is ours, for this purpose, and has not ended. @param challenge base64url */
    isOurs(challenge: string, purpose: string): boolean {
      const bytes = Buffer.from(challenge, 'base64url')
      if (bytes.length !== 64) return false
      const body = bytes.subarray(0, 32)
      const mark = bytes.subarray(32).toString('base64url')
      return keys.isMark('challenge', marked(body, purpose), mark) && endOf(body) > clock().getTime()
    },

    /** Uses it up. @returns false when that was done before */
    async spend(tx: Database, challenge: string): Promise<boolean> {
      const hash = createHash('sha256').update(challenge).digest('hex')
      const ends = new Date(endOf(Buffer.from(challenge, 'base64url'))).toISOString()
      return factorsRepository(tx).spendChallenge(hash, ends, clock().toISOString())
    },
  }
}

function endOf(body: Buffer): number {
  return Number(body.readBigUInt64BE(0))
}
