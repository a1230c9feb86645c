import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../foundation/clock.js'

// Nobody types an address in less; programs take milliseconds.
const SHORTEST = 2_000

/**
 * Tells forms that were filled by a program from those that a person filled, by the time it took. The form carries
 * the time at which it was made, signed, so that nothing has to be remembered.
 */
export function fillTime({ secret, clock }: { secret: Buffer; clock: Clock }) {
  const sign = (time: string) => createHmac('sha256', secret).update(`form ${time}`).digest('base64url')
  return {
    /** What the form carries in its field `started`. */
    start(): string {
      const time = clock().getTime().toString(36)
      return `${time}.${sign(time)}`
    },

    /** What is wrong with a form that came back, if anything. */
    judge(started: string): 'forged' | 'too fast' | undefined {
      const [time = '', signature = ''] = started.split('.')
      const expected = Buffer.from(sign(time))
      const given = Buffer.from(signature)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged'
      return clock().getTime() - Number.parseInt(time, 36) < SHORTEST ? 'too fast' : undefined
    },
  }
}

export type FillTime = ReturnType<typeof fillTime>
