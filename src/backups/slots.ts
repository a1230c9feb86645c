import type { Dates } from '../foundation/dates.js'
import { firstInstant } from '../foundation/planned-time.js'

const DAY = 86_400_000

/** The day, `2026-11-29`, whose backup was due last. @param now ISO 8601 */
export function lastDue(hour: number, dates: Dates, now: string): string | undefined {
  return slotsAround(hour, dates, now)
    .reverse()
    .find(({ due }) => due <= now)?.day
}

/** When the next one is due, ISO 8601. */
export function nextDue(hour: number, dates: Dates, now: string): string | undefined {
  return slotsAround(hour, dates, now).find(({ due }) => due > now)?.due
}

function slotsAround(hour: number, dates: Dates, now: string): { day: string; due: string }[] {
  const today = Date.parse(`${dates.clockTime(now).slice(0, 10)}T00:00:00Z`)
  return [-2, -1, 0, 1, 2].flatMap(index => {
    const day = new Date(today + index * DAY).toISOString().slice(0, 10)
    const due = firstInstant(day, hour, dates)
    return due ? [{ day, due }] : []
  })
}
