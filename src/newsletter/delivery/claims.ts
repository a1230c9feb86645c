import type { Database } from '../../foundation/database.js'
import type { Claimed } from './schema.js'

/** How rows are taken in hand: by one worker each, whatever else works on the same database. */
export interface Claims {
  /**
   * Takes rows that are due, in one statement.
   * @param wanted `without`: domains that are left aside; among the first rows only, so that the search is bounded
   */
  claim(
    tx: Database,
    wanted: { issueId: string; worker: string; now: string; limit: number; without: string[] },
  ): Promise<Claimed[]>
  /** Puts off what is due to domains that rest, as far as it stands among the first rows. @returns how many */
  postpone(
    tx: Database,
    wanted: { issueId: string; now: string; domains: string[]; until: string },
  ): Promise<number>
  /** Gives back what a worker has in hand and did not begin. */
  release(tx: Database, worker: string): Promise<void>
  /** Marks what a dead worker was sending as unknown. @returns the issue of each */
  judge(tx: Database, worker: string, now: string, reason: string): Promise<string[]>
}
