import { accessSync, constants } from 'node:fs'
import type { Clock } from './clock.js'
import type { Ailment, Condition } from './database.js'
import { type StorageTrouble, storageTrouble } from './storage-trouble.js'

/** For how long what a write showed is believed, and what a read showed, in milliseconds. */
const WRITE_IS_FRESH = 2_000
const READ_IS_FRESH = 10 * 60_000

/** Remembers of a database what failed in it lately. @param folder in which it lies */
export function openCondition(folder: string, clock: Clock) {
  let writing: Ailment | undefined
  let reading: Ailment | undefined
  let tried = Number.NEGATIVE_INFINITY
  let failedToRead = Number.NEGATIVE_INFINITY

  const same = (known: Ailment | undefined, trouble: Ailment['trouble']): Ailment => ({
    trouble,
    since: known?.trouble === trouble ? known.since : clock(),
    last: clock(),
  })

  // The engine says of a disk that takes no changes only that a write failed.
  const whereItLies = (found: StorageTrouble | undefined): StorageTrouble | undefined => {
    if (found?.trouble !== 'disk') return found
    try {
      accessSync(folder, constants.W_OK)
      return found
    } catch (error) {
      return storageTrouble(error) ?? found
    }
  }

  return {
    /** Something was really written: most transactions find nothing to do, which proves nothing. */
    wrote(): void {
      writing = undefined
      tried = performance.now()
    },

    /** @returns the error as what it means */
    failed(kind: 'read' | 'write', error: unknown): unknown {
      const found = whereItLies(storageTrouble(error))
      if (!found) return error
      if (kind === 'write') {
        writing = same(writing, found.trouble)
        tried = performance.now()
      } else {
        reading = same(reading, found.trouble)
        failedToRead = performance.now()
      }
      return found
    },

    /** Whether a write that was made or failed told of it just now. */
    isKnown: (): boolean => performance.now() - tried < WRITE_IS_FRESH,

    now(): Condition {
      if (performance.now() - failedToRead > READ_IS_FRESH) reading = undefined
      return { writing, reading }
    },
  }
}
