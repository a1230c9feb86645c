import type { Dates } from './dates.js'

/** An instant to come, or why what was typed is none. */
export type PlannedTime = { at: string; twice: boolean; problem?: undefined } | { problem: string }

/**
 * Reads a day and time as clocks in the site's time zone show it, `2020-12-24T09:00`. Where clocks are put back and show it twice,
 * it is the first of the two.
 */
export function readPlannedTime(value: string, dates: Pick<Dates, 'instants' | 'timeZone'>): PlannedTime {
  const shown = value.slice(0, 16)
  const instants = dates.instants(shown)
  const [first] = instants
  if (first) return { at: first, twice: instants.length > 1 }
  return {
    problem: isTime(shown)
      ? `Clocks in ${dates.timeZone} are put forward over this time, so it never comes. Choose another.`
      : 'Choose a day and a time.',
  }
}

function isTime(value: string): boolean {
  const parsed = Date.parse(`${value}Z`)
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(value)
}

/**
 * When clocks first show an hour of a day, or what they show in its place where they are put forward over it. A day that a zone
 * leaves out altogether has no such instant.
 */
export function firstInstant(date: string, hour: number, dates: Pick<Dates, 'instants'>): string | undefined {
  for (let minutes = hour * 60; minutes < 24 * 60; minutes += 15) {
    const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
    const [first] = dates.instants(`${date}T${time}`)
    if (first) return first
  }
  return undefined
}

const two = (number: number) => String(number).padStart(2, '0')
