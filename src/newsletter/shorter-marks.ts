import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { farewell } from '../foundation/farewell.js'
import { shorterMarksRepository } from './shorter-marks.repository.js'

/** Whether marks of 72 and 64 bits are believed: where earlier versions mailed them, for 90 days after the last of those. */
export async function shorterMarks({ db, clock }: { db: Database; clock: Clock }): Promise<() => boolean> {
  if (!(await shorterMarksRepository(db).wereMade())) return () => false
  return (await farewell(db, clock)).lasts
}
