import type { RelaySettings } from '../../config.js'
import type { Clock } from '../../foundation/clock.js'
import { withoutAddresses } from '../../foundation/log.js'
import type { RelayState } from '../post.js'
import { type Connection, NoSession, openConnection } from './connection.js'
import type { Days } from './days.js'
import { type Pace, pace, unpaced } from './pace.js'
import { type Rest, rest } from './rest.js'
import type { Failure } from './verdict.js'

// Some relays end a session after so many mails anyway; ending it ourselves loses none.
const MAILS_PER_CONNECTION = 100

// Of each thousand a day, ten are kept for mail that somebody waits for: confirmations, sign-in links.
const KEPT_PER_THOUSAND = 10

export interface RelayServices {
  clock: Clock
  days: Days
  /** milliseconds of a clock that never goes back */
  ticks: () => number
}

/** One relay: its connections, its rate, its day and its rests. */
export interface Relay {
  readonly settings: RelaySettings
  readonly pace: Pace
  readonly rest: Rest
  /** When it takes mail again, and why not before; undefined: now. @param first for mail that somebody waits for */
  away(first: boolean): { until: Date; reason: string } | undefined
  /** Whether a connection is free or may be opened. */
  free(first: boolean): boolean
  /** An open connection, to be given back. @throws NoSession, and rests */
  take(): Promise<Connection>
  /** A new connection for one that was lost. @throws NoSession, and rests */
  replace(connection: Connection): Promise<Connection>
  giveBack(connection: Connection | undefined): void
  state(): RelayState
  close(): void
}

/** @param settings how to reach it and what it may be given */
export function openRelay(settings: RelaySettings, { clock, days, ticks }: RelayServices): Relay {
  const { name, connections, perMinute, perDay } = settings
  const resting = rest(settings.rest * 1_000, clock)
  const idle: Connection[] = []
  const open = new Set<Connection>()
  let busy = 0
  let closed = false

  /** What the day still has room for. */
  const left = (first: boolean): number => {
    if (perDay === undefined) return Number.POSITIVE_INFINITY
    const kept = first ? 0 : Math.floor(perDay / 1_000) * KEPT_PER_THOUSAND
    return perDay - kept - days.sent(name)
  }
  const usedUp = (first: boolean) =>
    left(first) > 0
      ? undefined
      : { until: midnight(clock()), reason: `It has taken the ${perDay} mails that it may be given a day.` }

  const fresh = async (): Promise<Connection> => {
    try {
      const connection = await openConnection(settings)
      open.add(connection)
      return connection
    } catch (error) {
      const { stage, code, reason } = error instanceof NoSession ? error.failure : unexplained(error)
      // 535: the password is wrong, and stays wrong until somebody changes it.
      resting.begin(reason, { longest: stage === 'sign-in' && code === 535 })
      throw error
    }
  }
  const hangUp = (connection: Connection) => {
    open.delete(connection)
    connection.close()
  }

  return {
    settings,
    rest: resting,
    pace: perMinute === undefined ? unpaced : pace(perMinute, ticks),
    away: first => resting.now() ?? usedUp(first),
    // What is under way may be accepted, every one of it.
    free: first => busy < connections && left(first) > busy,
    async take() {
      busy += 1
      try {
        for (let connection = idle.pop(); connection; connection = idle.pop()) {
          if (connection.usable) return connection
          open.delete(connection)
        }
        return await fresh()
      } catch (error) {
        busy -= 1
        throw error
      }
    },
    replace(connection) {
      hangUp(connection)
      return fresh()
    },
    giveBack(connection) {
      busy -= 1
      if (!connection) return
      if (closed || !connection.usable || connection.carried >= MAILS_PER_CONNECTION) hangUp(connection)
      else idle.push(connection)
    },
    state: () => ({
      name,
      connections: { busy, open: [...open].filter(({ usable }) => usable).length, most: connections },
      sentToday: days.sent(name),
      ...{ perDay, perMinute },
      resting: shown(resting.now() ?? usedUp(true)),
    }),
    close() {
      closed = true
      for (const connection of open) connection.close()
      idle.length = 0
    },
  }
}

function unexplained(error: unknown): Failure {
  return { stage: 'connect', reason: String(error), handed: false }
}

// Relays repeat addresses, which are nobody's business at the desk.
function shown(away: { until: Date; reason: string } | undefined): RelayState['resting'] {
  return away && { until: away.until, reason: withoutAddresses(away.reason) }
}

function midnight(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1))
}
