import type { Database } from '../../foundation/database.js'
import { type GroupCommit, groupCommit } from '../../foundation/group-commit.js'
import { mailingsRepository } from './mailings.repository.js'
import type { Change } from './schema.js'

/** Counts how a mailing's numbers change; written with what changes them. */
export type Tally = (issueId: string, change: Change) => void

/** How long the first waits for others, in milliseconds: less than a relay takes to answer. */
const GATHERING = 2

/** Writes to the ledger, together with what else waits to be written there. */
export type Ledger = GroupCommit<Tally>

/**
 * The ledger's writes. While the first waits the other connections go on; each that comes in time spares a wait for the disk.
 * @param options.now the present, ISO 8601
 * @param options.full how much is enough: then nothing more is waited for
 */
export function ledgerOf(db: Database, { now, full }: { now: () => string; full: () => number }): Ledger {
  return groupCommit(db, {
    gathering: { time: GATHERING, enough: full },
    around(tx) {
      const { tally, apply } = counter(tx, now)
      return { beside: tally, finish: apply }
    },
  })
}

/** Gathers changes of counts within a transaction, so that each mailing is written once; ends what is done. */
export function counter(tx: Database, now: () => string): { tally: Tally; apply(): Promise<void> } {
  const changes = new Map<string, Required<Change>>()
  return {
    tally(issueId, change) {
      const sum = changes.get(issueId) ?? { queued: 0, accepted: 0, failed: 0, unknown: 0 }
      for (const name of ['queued', 'accepted', 'failed', 'unknown'] as const) sum[name] += change[name] ?? 0
      changes.set(issueId, sum)
    },
    async apply() {
      const mailings = mailingsRepository(tx)
      for (const [issueId, change] of changes) await mailings.count(issueId, change)
      if (changes.size) await mailings.finish(now())
    },
  }
}
