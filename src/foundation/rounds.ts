import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from './clock.js'
import type { Log } from './log.js'

// Other processes may add work as well, and a machine may sleep through a timer.
const POLL = 30_000
// What failed is due still, and most likely fails again at once; but whoever mends the cause need not wait.
const FIRST_PAUSE = 250
const LONGEST_PAUSE = 4_000

export interface RoundsOptions {
  /** does all that is due now */
  work(): Promise<void>
  /** when more will be due, ISO 8601 */
  next(): Promise<string | undefined>
  /** what is noted when a round fails; the next one tries again */
  failure: string
  /** for how long more is waited for before a round, in milliseconds, so that what comes close together is one round's work */
  gathering?: number
  clock: Clock
  log: Log
}

/** Work that comes due, done while the program listens. */
export interface Rounds {
  /** Does all that is due now; throws what the work throws. */
  round(): Promise<void>
  start(): void
  /** Looks at once, if it was started at all. */
  wake(): void
  /** Finishes what is under way. */
  stop(): Promise<void>
}

/** Does work in rounds, one at a time: at each due time, and at the least every half minute. */
export function rounds({ work, next, failure, gathering = 0, clock, log }: RoundsOptions): Rounds {
  let running = false
  let isWoken = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()

  // What becomes due while a round runs is found by the one after it.
  const round = (): Promise<void> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  const until = async (): Promise<number> => {
    if (failures) return Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
    const due = await next()
    return due ? Math.max(gathering, Date.parse(due) - clock().getTime()) : POLL
  }

  const gathered = async (): Promise<void> => {
    if (gathering) await pause(gathering, undefined, { ref: false })
  }

  const tick = async (): Promise<void> => {
    clearTimeout(timer)
    try {
      await round()
      failures = 0
    } catch (error) {
      failures += 1
      log.error({ err: error }, failure)
    }
    const wait = await until().catch(() => LONGEST_PAUSE)
    if (!running) return
    clearTimeout(timer)
    timer = setTimeout(tick, Math.min(wait, POLL)).unref()
  }

  return {
    round,
    start() {
      running = true
      void tick()
    },
    wake() {
      // What it is woken for stands there already, so that the round that waits its turn finds that as well.
      if (!running || isWoken) return
      isWoken = true
      void last.then(gathered).then(() => {
        isWoken = false
        if (running) return tick()
      })
    },
    async stop() {
      running = false
      clearTimeout(timer)
      await last
    },
  }
}
