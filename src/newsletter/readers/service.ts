import type { Database } from '../../foundation/database.js'
import { BATCH, type Intake, type IntakeServices, readerIntake } from './intake.js'
import type { ReaderLine } from './schema.js'
import type { Verdict } from './verdict.js'

export interface ReadersServices extends IntakeServices {
  db: Database
}

export type ReadersService = ReturnType<typeof readersService>

/** The list as the desk and the shell work on it. */
export function readersService({ db, ...services }: ReadersServices) {
  const intake = readerIntake(services)

  return {
    /**
     * Takes readers into the list, a batch in each transaction.
     * @param lines each address once
     * @returns what became of each
     */
    async takeIn(lines: ReaderLine[], how: Intake): Promise<Verdict[]> {
      const verdicts: Verdict[] = []
      for (let start = 0; start < lines.length; start += BATCH) {
        const batch = lines.slice(start, start + BATCH)
        verdicts.push(...(await db.transaction(tx => intake.take(tx, batch, how))))
      }
      return verdicts
    },
  }
}
