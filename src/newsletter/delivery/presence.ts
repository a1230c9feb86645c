import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Claims } from './claims.js'
import { mailingsRepository } from './mailings.repository.js'
import { pace } from './pace.js'
import { counter } from './tally.js'
import { workersRepository } from './workers.repository.js'

/** How often a worker shows that it lives, and for how long it may be silent before it counts as dead. */
export const BEAT = 2_000
export const SILENCE = 10_000

const STOPPED = 'The program stopped while it was being sent.'

export interface PresenceServices {
  db: Database
  clock: Clock
  ids: Ids
  claims: Claims
  /** told when the others took this worker for dead, and its rows are no longer its own */
  lost(): void
}

/** Shows the others that this worker lives, and looks after what the dead leave behind. */
export function presence({ db, clock, ids, claims, lost }: PresenceServices) {
  const now = () => clock().toISOString()
  const longAgo = () => new Date(clock().getTime() - SILENCE).toISOString()
  const measure = pace(clock)
  let id: string | undefined

  const show = (): Promise<void> =>
    db.transaction(async tx => {
      const workers = workersRepository(tx)
      if (id !== undefined && !(await workers.seen(id, now()))) {
        id = undefined
        lost()
      }
      if (id === undefined) {
        id = ids()
        await workers.add(id, now())
      }
      const mailings = mailingsRepository(tx)
      for (const { issueId, perMinute } of measure(await mailings.inState('sending', 20)))
        await mailings.notePace(issueId, perMinute)
    })

  const judge = async (): Promise<void> => {
    for (const dead of await workersRepository(db).notSeenSince(longAgo(), 20)) {
      if (dead === id) continue
      await db.transaction(async tx => {
        if (!(await workersRepository(tx).strike(dead, longAgo()))) return
        const { tally, apply } = counter(tx, now)
        await claims.release(tx, dead)
        for (const issueId of await claims.judge(tx, dead, now(), STOPPED))
          tally(issueId, { queued: -1, unknown: 1 })
        await apply()
      })
    }
  }

  // A program that has nothing to do writes nothing.
  const leave = async (): Promise<boolean> => {
    const own = id
    if (own === undefined) return true
    const left = await db.transaction(async tx => {
      await claims.release(tx, own)
      return workersRepository(tx).leave(own)
    })
    if (left) id = undefined
    return left
  }

  return {
    /** The id under which this worker claims rows; none before the first beat. */
    id: () => id ?? '',
    /** To be called before rows are claimed. */
    async enter(): Promise<void> {
      if (id === undefined) await show()
    },
    /** To be called every two seconds. */
    async beat(): Promise<void> {
      if (await mailingsRepository(db).anyUnderWay()) await show()
      else if (!(await leave())) await show()
      await judge()
    },
    /** Gives back what is in hand and leaves, unless a mail is under way. */
    leave,
  }
}
