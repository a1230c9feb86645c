import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'

const Failures = z.object({ failures: z.int(), lockedUntil: z.string() })
const MaybeFailures = Failures.optional()

/** How many subjects are remembered; the longest unused go first. */
const MOST = 50_000

export function attemptsRepository(db: Database) {
  return {
    async failures(subject: string): Promise<z.infer<typeof Failures> | undefined> {
      return MaybeFailures.parse(
        await db.get(sql`
          select failures, locked_until as lockedUntil from sign_in_failures where subject = ${subject}`),
      )
    },

    async save(subject: string, failures: number, lockedUntil: string, now: string): Promise<void> {
      await db.run(sql`
        insert into sign_in_failures (subject, failures, locked_until, last)
        values (${subject}, ${failures}, ${lockedUntil}, ${now})
        on conflict (subject) do update set
          failures = excluded.failures, locked_until = excluded.locked_until, last = excluded.last`)
    },

    async forget(subject: string): Promise<void> {
      await db.run(sql`delete from sign_in_failures where subject = ${subject}`)
    },

    async prune(before: string): Promise<void> {
      await db.run(sql`delete from sign_in_failures where last <= ${before}`)
      await db.run(sql`
        delete from sign_in_failures
        where last < (select last from sign_in_failures order by last desc limit 1 offset ${MOST})`)
    },
  }
}
