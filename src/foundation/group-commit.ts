import type { Database } from './database.js'
import { storageTrouble } from './storage-trouble.js'

/** Writes in one transaction with whatever else waits; what it does is done anew when others in it fail. */
export type GroupCommit<Beside = undefined> = <T>(
  work: (tx: Database, beside: Beside) => Promise<T>,
) => Promise<T>

export interface GroupOptions<Beside> {
  /** how many are written together at most: other work of the program waits meanwhile */
  most?: number
  /** how long the first waits for others, in milliseconds, and how many of them are enough */
  gathering?: { time: number; enough: () => number }
  /** Hands each something of the transaction's own, and writes what comes after all of them. */
  around: (tx: Database) => { beside: Beside; finish(): Promise<void> }
}

interface Waiting<Beside> {
  work: (tx: Database, beside: Beside) => Promise<unknown>
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

/**
 * Everything that waits to be written goes into one transaction, in its order: pages that all of them change are written once, and
 * forcing a disk costs the same for ten as for one. All of it is durable when a promise resolves, none of it when it rejects. What
 * fails does so alone: the others are written without it.
 */
export function groupCommit<Beside>(db: Database, options: GroupOptions<Beside>): GroupCommit<Beside> {
  const { most = Number.POSITIVE_INFINITY, gathering, around } = options
  const waiting: Waiting<Beside>[] = []
  let writing = false
  let lastCameAlone = false
  let gathered: () => void = () => undefined

  const areEnough = () => gathering !== undefined && waiting.length >= gathering.enough()
  const gather = (time: number): Promise<void> =>
    new Promise(resolve => {
      if (areEnough()) return resolve()
      const timer = setTimeout(resolve, time)
      gathered = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const writeAll = async (): Promise<void> => {
    writing = true
    while (waiting.length) {
      if (gathering) await gather(gathering.time)
      else if (!lastCameAlone) await turn()
      const group = waiting.splice(0, most)
      lastCameAlone = group.length === 1
      await write(group)
    }
    writing = false
  }

  const write = async (group: Waiting<Beside>[]): Promise<void> => {
    try {
      const results = await db.transaction(async tx => {
        const { beside, finish } = around(tx)
        const written: unknown[] = []
        for (const { work } of group) written.push(await work(tx, beside))
        await finish()
        return written
      })
      for (const [index, { resolve }] of group.entries()) resolve(results[index])
    } catch (error) {
      // What ails the disk ails each of them.
      if (group.length === 1 || storageTrouble(error)) for (const { reject } of group) reject(error)
      else for (const one of group) await write([one])
    }
  }

  return <T>(work: (tx: Database, beside: Beside) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
      if (!writing) void writeAll()
      else if (areEnough()) gathered()
    })
}

/**
 * Lets whoever comes in the same turn of the event loop come along: a commit and its sync take as long as some ten rows. Where the
 * last one came alone, the next most likely does too, and has waited long enough.
 */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** For what needs nothing beside the transaction. */
export const nothingAround = () => ({ beside: undefined, finish: async () => undefined })
