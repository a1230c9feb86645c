import type { Database } from '../../foundation/database.js'
import { mailingsRepository } from './mailings.repository.js'
import type { Change } from './schema.js'

/** Counts how a mailing's numbers change; written with what changes them. */
export type Tally = (issueId: string, change: Change) => void

type Work<T> = (tx: Database, tally: Tally) => Promise<T>

interface Waiting {
  work: Work<unknown>
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

/** Writes to the ledger; see `groupCommit`. */
export type Ledger = ReturnType<typeof groupCommit>

/**
 * Everything that waits to be written goes into one transaction, in its order: forcing a disk costs the same for ten mails as for
 * one. All of it is durable when a promise resolves, none of it when it rejects.
 * @param now the present, ISO 8601
 */
export function groupCommit(db: Database, now: () => string) {
  let waiting: Waiting[] = []
  let writing = false

  const writeAll = async (): Promise<void> => {
    writing = true
    while (waiting.length) {
      // What other connections were just told comes along.
      await new Promise(resolve => setImmediate(resolve))
      const group = waiting
      waiting = []
      await write(group)
    }
    writing = false
  }

  const write = async (group: Waiting[]): Promise<void> => {
    try {
      const results = await db.transaction(async tx => {
        const { tally, apply } = counter(tx, now)
        const written: unknown[] = []
        for (const { work } of group) written.push(await work(tx, tally))
        await apply()
        return written
      })
      for (const [index, { resolve }] of group.entries()) resolve(results[index])
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  return <T>(work: Work<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
      if (!writing) void writeAll()
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
