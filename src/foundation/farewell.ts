import type { Clock } from './clock.js'
import type { Database } from './database.js'
import { appliedAt } from './migrate.js'

/** The step of the schema that came with marks and keys of 128 bits of strength. */
const STEP = '0210-shorter-marks.sql'
const NINETY_DAYS = 90 * 86_400_000

/** What earlier versions made with less than 128 bits of strength. */
export interface Farewell {
  ends: Date
  /** whether it is believed still */
  lasts(): boolean
}

/** Until when that is believed: for 90 days after this database was brought up to the version that makes none of it any more. */
export async function farewell(db: Database, clock: Clock): Promise<Farewell> {
  const ends = new Date(Date.parse(await appliedAt(db, STEP)) + NINETY_DAYS)
  return { ends, lasts: () => clock() < ends }
}
