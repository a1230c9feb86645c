import type { Dates } from '../../foundation/dates.js'
import { firstInstant } from '../../foundation/planned-time.js'
import type { NewsletterSettings } from '../settings.js'

export const digestKinds = ['daily', 'weekly'] as const
export type DigestKind = (typeof digestKinds)[number]

/** A day or a week that has one digest: what names it, and when the digest goes out, ISO 8601. */
export interface Period {
  name: string
  due: string
}

const DAY = 86_400_000
const DAYS_LOOKED_AT = 8

export const lengthOf: Record<DigestKind, number> = { daily: DAY, weekly: 7 * DAY }

/** The period whose digest became due last; undefined where no clock shows such a time. */
export function lastDue(
  kind: DigestKind,
  settings: NewsletterSettings,
  dates: Dates,
  now: string,
): Period | undefined {
  return periodsAround(kind, settings, dates, now)
    .reverse()
    .find(({ due }) => due <= now)
}

/** When the next digest will be due. */
export function nextDue(
  kind: DigestKind,
  settings: NewsletterSettings,
  dates: Dates,
  now: string,
): Period | undefined {
  return periodsAround(kind, settings, dates, now).find(({ due }) => due > now)
}

function periodsAround(kind: DigestKind, settings: NewsletterSettings, dates: Dates, now: string): Period[] {
  const today = Date.parse(`${dates.clockTime(now).slice(0, 10)}T00:00:00Z`)
  const days = Array.from(
    { length: 2 * DAYS_LOOKED_AT + 1 },
    (_, index) => new Date(today + (index - DAYS_LOOKED_AT) * DAY),
  )
  const chosen = kind === 'daily' ? days : days.filter(day => weekdayOf(day) === settings.weekly.weekday)
  return chosen.flatMap(day => {
    const date = day.toISOString().slice(0, 10)
    const due = firstInstant(date, settings[kind].hour, dates)
    return due ? [{ name: kind === 'daily' ? date : weekOf(day), due }] : []
  })
}

const two = (number: number) => String(number).padStart(2, '0')

/** 1 is Monday, as in ISO 8601. */
function weekdayOf(day: Date): number {
  return day.getUTCDay() || 7
}

/** `2026-W48` (ISO 8601: a week belongs to the year that its Thursday is in). */
function weekOf(day: Date): string {
  const thursday = new Date(day.getTime() + (4 - weekdayOf(day)) * DAY)
  const year = thursday.getUTCFullYear()
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY))
  return `${year}-W${two(week)}`
}
