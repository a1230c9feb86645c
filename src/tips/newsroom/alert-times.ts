import type { Dates } from '../../foundation/dates.js'

/** A day of the site's time zone, and the instant at which its mail is due, ISO 8601. */
export interface AlertDay {
  day: string
  due: string
}

const DAY = 86_400_000
const HOUR = 7

/** The day whose mail became due last. */
export function lastAlert(dates: Dates, now: string): AlertDay | undefined {
  return alertsAround(dates, now)
    .reverse()
    .find(({ due }) => due <= now)
}

/** The day whose mail is due next. */
export function nextAlert(dates: Dates, now: string): AlertDay | undefined {
  return alertsAround(dates, now).find(({ due }) => due > now)
}

// Three days each way: a zone that moved over the date line has left one out.
function alertsAround(dates: Dates, now: string): AlertDay[] {
  const today = Date.parse(dates.clockTime(now).slice(0, 10))
  return [-3, -2, -1, 0, 1, 2, 3].flatMap(apart => {
    const day = new Date(today + apart * DAY).toISOString().slice(0, 10)
    const due = firstInstant(day, dates)
    return due ? [{ day, due }] : []
  })
}

/** When clocks first show seven, or what they show in its place where they are put forward over it. */
function firstInstant(day: string, dates: Dates): string | undefined {
  for (let minutes = HOUR * 60; minutes < 24 * 60; minutes += 15) {
    const time = new Date(minutes * 60_000).toISOString().slice(11, 16)
    const [first] = dates.instants(`${day}T${time}`)
    if (first) return first
  }
  return undefined
}
