import { uptime } from 'node:os'
import type { Clock } from './clock.js'
import type { Log } from './log.js'

/** A step of the machine's clock that is not believed yet. */
export interface Doubt {
  /** the time it was, and what the machine said it was */
  from: Date
  to: Date
}

/** What one process tells another of the time, on the same machine. */
export interface Handed {
  /** the time it was, in milliseconds since 1970 */
  time: number
  /** when that was, in milliseconds since the machine was started */
  awake: number
  /** for how long the machine's clock was not believed by then, in milliseconds; 0 when it was */
  doubted: number
}

export interface SteadyClock {
  clock: Clock
  /** the time as it is known here, for a process that is begun now */
  handOver(): Handed
  /** undefined while the machine's clock goes steadily */
  doubt(): Doubt | undefined
}

export interface Timekeepers {
  /** what the machine says, in milliseconds since 1970; may jump */
  wall(): number
  /** milliseconds that never jump, but stand still while the machine sleeps */
  ticks(): number
  /** milliseconds that do neither */
  awake(): number
}

const machine: Timekeepers = {
  wall: Date.now,
  ticks: () => performance.now(),
  awake: () => uptime() * 1_000,
}

// A clock that is set by the network moves by seconds at most once it goes.
const BELIEVED_STEP = 2 * 60_000
const BELIEVED_AFTER = 24 * 3_600_000

/**
 * The machine's clock, unless it jumps: a dead battery or a mistyped date must not publish, mail or end anything before its time.
 * Then time goes on from where it was, until the clock is right again, has gone on to say so for a day, or the program is started
 * anew. Time that the machine slept through is no jump.
 * @param handed what another process knows of the time, which has lived through more
 */
export function steadyClock(
  log?: Pick<Log, 'warn'>,
  { wall, ticks, awake }: Timekeepers = machine,
  handed?: Handed,
): SteadyClock {
  let known = { time: handed ? handed.time + awake() - handed.awake : wall(), at: ticks() }
  let offset = awake() - ticks()
  let doubtedBefore = handed?.doubted ?? 0
  let doubt: (Doubt & { since: number }) | undefined

  const sleptSince = (): number => {
    const slept = awake() - ticks() - offset
    offset += slept
    return slept
  }

  const settle = (time: number, at: number): Date => {
    if (doubt) log?.warn({ doubted: doubt.from, believed: new Date(time) }, 'the clock is believed again')
    known = { time, at }
    doubt = undefined
    return new Date(time)
  }

  const isBelieved = (said: number, at: number): boolean => Math.abs(said - expected(at)) < BELIEVED_STEP
  const expected = (at: number): number => known.time + at - known.at

  const clock = (): Date => {
    const [said, at] = [wall(), ticks()]
    if (isBelieved(said, at)) return settle(said, at)
    if (!doubt) {
      known.time += sleptSince()
      if (isBelieved(said, at)) return settle(said, at)
      doubt = { from: new Date(expected(at)), to: new Date(said), since: at - doubtedBefore }
      doubtedBefore = 0
      log?.warn({ known: doubt.from, said: doubt.to }, 'the clock jumped and is not believed')
    }
    return at - doubt.since > BELIEVED_AFTER ? settle(said, at) : new Date(expected(at))
  }

  return {
    clock,

    handOver() {
      const time = clock().getTime()
      return { time, awake: awake(), doubted: doubt ? ticks() - doubt.since : 0 }
    },

    doubt: () => doubt && { from: doubt.from, to: doubt.to },
  }
}
