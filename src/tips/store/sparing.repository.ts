import { type Database, sql } from '../../foundation/database.js'

export function sparingRepository(db: Database) {
  return {
    /** Keeps tips until a day at the least. @param silent the first and the last day of their last message */
    async spare(until: string, silent: { from: string; to: string }): Promise<void> {
      await db.run(sql`
        update tips set spared = ${until}
        where last_day between ${silent.from} and ${silent.to} and pinned = 0 and spared < ${until}`)
    },
  }
}
