import { LRUCache } from 'lru-cache'

const DAY = 86_400_000

// Pages of one day show the same few dates.
const MOST_REMEMBERED = 500

/** Writes dates for readers in one language and time zone. A date without a time (`2020-12-21`) is that day everywhere. */
export interface Dates {
  /** `24 December 2020` */
  date(iso: string): string
  /** `24 December 2020 at 09:00` */
  dateTime(iso: string): string
  /** `Thursday, 24 December 2020` */
  weekday(iso: string): string
  /** `December 2020` of a month `2020-12` */
  month(month: string): string
  /** The month `2020-12` that the instant falls in, by the time zone. */
  monthOf(iso: string): string
  /** The day `2020-12-24` that the instant falls in, by the time zone. */
  dayOf(iso: string): string
  /** The first instant of a month `2020-12` in the time zone, ISO 8601. */
  monthStart(month: string): string
  /** The zone's IANA name: `Europe/Paris`. */
  timeZone: string
  /** What clocks in the time zone show at an instant, as a form's field takes it: `2020-12-24T09:00`. */
  clockTime(iso: string): string
  /**
   * The instants, ISO 8601, at which clocks in the time zone show `2020-12-24T09:00`, earliest first: none where they
   * are put forward over it, two where they are put back to it.
   */
  instants(clockTime: string): string[]
}

export function createDates(language: string, timeZone: string): Dates {
  // British order of day and month reads unmistakably in every English-speaking country.
  const locale = language === 'en' ? 'en-GB' : language
  const style = (options: Intl.DateTimeFormatOptions) => {
    const zoned = new Intl.DateTimeFormat(locale, { ...options, timeZone })
    const dateOnly = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })
    const written = new LRUCache<string, string>({ max: MOST_REMEMBERED })
    return (iso: string) => {
      const known = written.get(iso)
      if (known) return known
      const date = (iso.length === 10 ? dateOnly : zoned).format(new Date(iso))
      written.set(iso, date)
      return date
    }
  }
  const month = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  const monthParts = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', timeZone })
  const dayParts = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone })
  return {
    date: style({ dateStyle: 'long' }),
    dateTime: style({ dateStyle: 'long', timeStyle: 'short' }),
    weekday: style({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    month: value => month.format(new Date(`${value}-01T00:00:00Z`)),
    monthOf: iso => monthParts.format(new Date(iso)).slice(0, 7),
    dayOf: iso => dayParts.format(new Date(iso)),
    monthStart: value => startOfMonth(value, timeZone).toISOString(),
    timeZone,
    clockTime: iso => clockTime(Date.parse(iso), timeZone),
    instants: value => instants(value, timeZone).map(instant => new Date(instant).toISOString()),
  }
}

/** The month after `2020-12`. */
export function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7)
}

// Midnight in the zone is midnight in UTC less the zone's offset then; asked twice, since the offset itself
// may change between the two instants.
function startOfMonth(month: string, timeZone: string): Date {
  const midnight = Date.parse(`${month}-01T00:00:00Z`)
  const guess = midnight - offset(midnight, timeZone)
  return new Date(midnight - offset(guess, timeZone))
}

function clockTime(instant: number, timeZone: string): string {
  return new Date(instant + offset(instant, timeZone)).toISOString().slice(0, 16)
}

// No zone changes its clocks twice within two days, so the offsets a day before and after are all that can apply.
function instants(value: string, timeZone: string): number[] {
  const shown = Date.parse(`${value}Z`)
  if (Number.isNaN(shown)) return []
  const offsets = new Set([offset(shown - DAY, timeZone), offset(shown + DAY, timeZone)])
  return [...offsets]
    .map(apart => shown - apart)
    .filter(instant => clockTime(instant, timeZone) === value)
    .sort((a, b) => a - b)
}

function offset(instant: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(instant).find(part => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? []
  if (!sign) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
