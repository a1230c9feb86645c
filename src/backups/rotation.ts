import type { Dates } from '../foundation/dates.js'
import type { KeptBackup } from './schema.js'

/** Of how many days, weeks and months the last backup is kept. */
export interface Keep {
  daily: number
  weekly: number
  monthly: number
}

/** Backups that nobody needs any more, by days, weeks (from Monday) and months in the site's time zone. The newest is always kept. */
export function expendable(
  backups: KeptBackup[],
  keep: Keep,
  { clockTime }: Pick<Dates, 'clockTime'>,
): KeptBackup[] {
  const newest = [...backups].sort((a, b) => (a.at < b.at ? 1 : -1))
  const day = ({ at }: KeptBackup) => clockTime(at).slice(0, 10)
  const kept = new Set([
    ...newest.slice(0, 1),
    ...lastOfEach(newest, day, keep.daily),
    ...lastOfEach(newest, backup => mondayOf(day(backup)), keep.weekly),
    ...lastOfEach(newest, backup => day(backup).slice(0, 7), keep.monthly),
  ])
  return newest.filter(backup => !kept.has(backup))
}

function lastOfEach(newest: KeptBackup[], span: (backup: KeptBackup) => string, most: number): KeptBackup[] {
  const last = new Map<string, KeptBackup>()
  for (const backup of newest) if (!last.has(span(backup))) last.set(span(backup), backup)
  return [...last.values()].slice(0, most)
}

function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
  return date.toISOString().slice(0, 10)
}
