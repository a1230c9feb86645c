import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { TooMany } from '../foundation/errors.js'
import { attemptsRepository } from './attempts.repository.js'
import type { StaffKeys } from './keys.js'
import { lifetimes } from './lifetimes.js'

/** How many tries may fail before the door stays shut for a while. */
const MOST = 5

export type Attempts = ReturnType<typeof attempts>

/**
 * Counts tries that fail, on disk. Each counts as failed from its beginning until it succeeds, so that many at once
 * get no more than one after the other would.
 */
export function attempts({
  db,
  clock,
  keys,
  limits,
}: {
  db: Database
  clock: Clock
  keys: StaffKeys
  limits: boolean
}) {
  const subjectOf = (what: string) => keys.mark('attempts', what)

  return {
    /**
     * Begins a try.
     * @param what is tried, and from where if that gets a count of its own
     * @throws TooMany while it is shut
     */
    async begin(what: string): Promise<void> {
      if (!limits) return
      const time = clock().getTime()
      const now = new Date(time).toISOString()
      await db.transaction(async tx => {
        const repository = attemptsRepository(tx)
        await repository.prune(new Date(time - lifetimes.failures).toISOString())
        const known = await repository.failures(subjectOf(what))
        if (known && known.lockedUntil > now) {
          throw new TooMany(Math.ceil((Date.parse(known.lockedUntil) - time) / 1_000), tooMany)
        }
        const failures = (known?.failures ?? 0) + 1
        const lockedUntil = failures < MOST ? '' : new Date(time + lockAfter(failures)).toISOString()
        await repository.save(subjectOf(what), failures, lockedUntil, now)
      })
    },

    /** Counts a try as none after all; those before it stay counted. Whatever shut the door since was this one: it was open to it. */
    async takeBack(tx: Database, what: string): Promise<void> {
      const repository = attemptsRepository(tx)
      const known = await repository.failures(subjectOf(what))
      if (known) await repository.save(subjectOf(what), known.failures - 1, '', clock().toISOString())
    },

    async succeed(tx: Database, what: string): Promise<void> {
      await attemptsRepository(tx).forget(subjectOf(what))
    },
  }
}

const tooMany = 'There were too many tries to sign in.'

// Twice as long with each further failure, so that a guesser gets some tens of tries a day instead of hundreds.
function lockAfter(failures: number): number {
  return Math.min(lifetimes.longestLock, lifetimes.shortestLock * 2 ** Math.min(failures - MOST, 10))
}
