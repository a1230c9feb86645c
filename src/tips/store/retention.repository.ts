import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

export const BelievedDay = z.object({
  /** the latest day on which retention went by the clock; empty: none yet */
  day: z.string(),
  /** what the clock said when it had jumped; empty: it did not */
  claimed: z.string(),
  /** the first day on which it said so */
  since: z.string(),
})
export type BelievedDay = z.infer<typeof BelievedDay>

export function retentionRepository(db: Database) {
  return {
    async believed(): Promise<BelievedDay> {
      return BelievedDay.parse(await db.get(sql`select day, claimed, since from retention where id = 1`))
    },

    async believe({ day, claimed, since }: BelievedDay): Promise<void> {
      await db.run(
        sql`update retention set day = ${day}, claimed = ${claimed}, since = ${since} where id = 1`,
      )
    },
  }
}
