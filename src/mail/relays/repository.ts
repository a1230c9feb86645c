import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const Sent = z.array(z.object({ relay: z.string(), sent: z.int() }))

// Relays that were configured once: more than anybody has.
const MOST_RELAYS = 1_000

export function relayRepository(db: Database) {
  return {
    /** What each relay took on a day. @param day YYYY-MM-DD */
    async sentOn(day: string): Promise<Map<string, number>> {
      const rows = await db.all(sql`
        select relay, sent from relay_days where day = ${day} order by relay limit ${MOST_RELAYS}`)
      return new Map(Sent.parse(rows).map(({ relay, sent }) => [relay, sent]))
    },

    /** Adds to what was counted; days before are forgotten. */
    async add(day: string, counts: ReadonlyMap<string, number>): Promise<void> {
      if (counts.size === 0) return
      await db.transaction(async tx => {
        for (const [relay, sent] of counts)
          await tx.run(sql`
            insert into relay_days (relay, day, sent) values (${relay}, ${day}, ${sent})
            on conflict (relay, day) do update set sent = relay_days.sent + excluded.sent`)
        await tx.run(sql`delete from relay_days where day < ${day}`)
      })
    },
  }
}
