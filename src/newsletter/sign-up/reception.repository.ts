import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { fixedQuery } from '../../foundation/fixed-query.js'
import { Received } from '../schema.js'

const AllReceived = z.array(Received)
const Numbered = z.object({ number: z.int() })
const Count = z.object({ count: z.int() })

const insert = fixedQuery(
  (at: string, wording: string, signUp: string) =>
    sql`insert into sign_ups_received (at, wording, sign_up) values (${at}, ${wording}, ${signUp})`,
)

/** Sign-ups that were acknowledged and wait to be worked off. */
export function receptionRepository(db: Database) {
  return {
    async add({ at, wording, signUp }: Omit<Received, 'number'>): Promise<void> {
      await db.run(insert(at, wording, JSON.stringify(signUp)))
    },

    /** Takes out the first of them, in their order, to be worked off in the same transaction. */
    async take(limit: number): Promise<Received[]> {
      const rows = await db.all(sql`
        delete from sign_ups_received where number in (
          select number from sign_ups_received where attempts = 0 order by number limit ${limit})
        returning number, at, wording, sign_up as "signUp"`)
      return AllReceived.parse(rows).sort((one, other) => one.number - other.number)
    },

    /** Puts the first of them by, until the next start. @returns its number */
    async putFirstBy(): Promise<number | undefined> {
      const row = await db.get(sql`
        update sign_ups_received set attempts = attempts + 1 where number = (
          select number from sign_ups_received where attempts = 0 order by number limit 1)
        returning number`)
      return Numbered.optional().parse(row)?.number
    },

    /** Lets those that were put by have another turn. */
    async takeUpAgain(): Promise<void> {
      await db.run(sql`update sign_ups_received set attempts = 0 where attempts > 0`)
    },

    /** How many there are, or somewhat more. By the ends of their row, since each that comes asks. */
    async count(): Promise<number> {
      const row = await db.get(sql`
        select coalesce(
          (select number from sign_ups_received order by number desc limit 1) + 1 -
          (select number from sign_ups_received where attempts = 0 order by number limit 1), 0) as count`)
      return Count.parse(row).count
    },
  }
}
