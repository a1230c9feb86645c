import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../foundation/clock.js'
import type { Ring } from '../../foundation/secret.js'

// Nobody types an address in less; programs take milliseconds.
const SHORTEST = 2_000

/**
 * Tells forms that were filled by a program from those that a person filled, by the time it took. The form carries
 * the time at which it was made, signed, so that nothing has to be remembered.
 */
export function fillTime({ ring, clock }: { ring: Ring; clock: Clock }) {
  const sign = (time: string, key = ring.newest) =>
    createHmac('sha256', key).update(`form ${time}`).digest('base64url')
  const isOurs = (time: string, given: Buffer) =>
    [ring.newest, ...ring.older].some(key => {
      const expected = Buffer.from(sign(time, key))
      return given.length === expected.length && timingSafeEqual(given, expected)
    })
  return {
    /** What the form carries in its field `started`. */
    start(): string {
      const time = clock().getTime().toString(36)
      return `${time}.${sign(time)}`
    },

    /** What is wrong with a form that came back, if anything. */
    judge(started: string): 'forged' | 'too fast' | undefined {
      const [time = '', signature = ''] = started.split('.')
      if (!isOurs(time, Buffer.from(signature))) return 'forged'
      return clock().getTime() - Number.parseInt(time, 36) < SHORTEST ? 'too fast' : undefined
    },
  }
}

export type FillTime = ReturnType<typeof fillTime>
