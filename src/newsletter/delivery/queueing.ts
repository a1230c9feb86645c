import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { audienceRepository } from './audience.sqlite.js'
import { deliveriesRepository } from './deliveries.repository.js'
import { mailingsRepository } from './mailings.repository.js'
import type { Queueing } from './schema.js'
import { counter } from './tally.js'

// So many that a page that waits for the write queue does not notice.
const CHUNK = 2_000

/** Writes the rows of new mailings, and clears those of cancelled ones: in steps, each of which may be the last. */
export function queueing({ db, clock }: { db: Database; clock: Clock }) {
  const now = () => clock().toISOString()

  // Rows, their number and how far they reach stand in one transaction, so a crash repeats or leaves out nobody.
  const step = (mailing: Queueing): Promise<boolean> =>
    db.transaction(async tx => {
      const [current] = (await mailingsRepository(tx).queueing(100)).filter(
        ({ issueId }) => issueId === mailing.issueId,
      )
      if (!current) return false
      const to = await audienceRepository(tx).bound(current.queuedTo, CHUNK)
      if (to === undefined) {
        await mailingsRepository(tx).begin(current.issueId, now())
        await mailingsRepository(tx).finish(now())
        return false
      }
      const count = await audienceRepository(tx).queue(current, to)
      return mailingsRepository(tx).queuedTo(current, to, count)
    })

  const clear = (issueId: string): Promise<boolean> =>
    db.transaction(async tx => {
      const { tally, apply } = counter(tx, now)
      const count = await deliveriesRepository(tx).cancel(issueId, now(), CHUNK)
      tally(issueId, { queued: -count, failed: count })
      await apply()
      return count > 0
    })

  return {
    /** Writes all rows that are missing. @param working asked before each step */
    async queueAll(working: () => boolean): Promise<void> {
      for (const mailing of await mailingsRepository(db).queueing(100)) {
        while (working() && (await step(mailing))) await breath()
      }
      for (const issueId of await mailingsRepository(db).toClear(100)) {
        while (working() && (await clear(issueId))) await breath()
      }
      // The last readers that one waited for may have been erased.
      if (await mailingsRepository(db).anyDone()) await mailingsRepository(db).finish(now())
    },
  }
}

// Pages that came in meanwhile are answered first.
function breath(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
