import type { Clock } from '../../foundation/clock.js'

// A relay that refuses once may mean the mail; three times in a row, with nothing accepted between, it means us.
const STUMBLES = 3
const LONGEST = 3_600_000

/** When a relay is left alone, and why. Nothing here is kept across a restart. */
export interface Rest {
  /** while it lasts */
  now(): { until: Date; reason: string } | undefined
  /** Begins, twice as long each time until something is accepted. */
  begin(reason: string, options?: { longest?: boolean }): void
  /** The relay refused for reasons of its own. `atOnce`: another relay is there to take over. */
  stumble(reason: string, options: { atOnce: boolean }): void
  thrive(): void
  end(): void
}

/** @param first milliseconds of the first rest */
export function rest(first: number, clock: Clock): Rest {
  let length = first
  let stumbles = 0
  let current: { until: Date; reason: string } | undefined

  const now = () => {
    if (current && current.until <= clock()) current = undefined
    return current
  }
  const begin = (reason: string, { longest = false } = {}) => {
    // Mails that were under way when it began say the same once more.
    if (now()) return
    current = { until: new Date(clock().getTime() + (longest ? LONGEST : length)), reason }
    length = Math.min(length * 2, LONGEST)
    stumbles = 0
  }
  return {
    now,
    begin,
    stumble(reason, { atOnce }) {
      stumbles += 1
      if (atOnce || stumbles >= STUMBLES) begin(reason)
    },
    thrive() {
      length = first
      stumbles = 0
    },
    end() {
      current = undefined
    },
  }
}
