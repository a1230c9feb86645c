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

/** How long the first waits for others, in milliseconds: less than a relay takes to answer. */
const GATHERING = 2

/** Writes to the ledger; see `groupCommit`. */
export type Ledger = ReturnType<typeof groupCommit>

/**
 * Everything that waits to be written goes into one transaction, in its order: forcing a disk costs the same for ten mails as for
 * one. All of it is durable when a promise resolves, none of it when it rejects.
 * @param options.now the present, ISO 8601
 * @param options.full how much comes together at most: then nothing is waited for
 */
export function groupCommit(db: Database, { now, full }: { now: () => string; full: () => number }) {
  let waiting: Waiting[] = []
  let writing = false
  let gathered: () => void = () => undefined

  // Meanwhile the other connections go on; each that comes in time spares a wait for the disk.
  const gather = (): Promise<void> =>
    new Promise(resolve => {
      if (waiting.length >= full()) return resolve()
      const timer = setTimeout(resolve, GATHERING)
      gathered = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const writeAll = async (): Promise<void> => {
    writing = true
    while (waiting.length) {
      await gather()
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
      else if (waiting.length >= full()) gathered()
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
