import { closeSync, fdatasync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { StorageTrouble, storageTrouble } from './storage-trouble.js'
import { syncFolderAtOnce } from './sync-folder.js'
import { rewriteFrames } from './wal-frames.js'

/** Forces what an open file holds onto its disk. */
export type Sync = (descriptor: number) => Promise<void>

export interface WalSyncOptions {
  sync?: Sync | undefined
  /** Does work while nobody writes to the log or moves it into the database; hands in how many frames are committed. */
  whileStill(work: (frames: number) => Promise<void>): Promise<void>
  /** Whether SQLite may move the log into the database by itself. */
  checkpoints(allowed: boolean): void
}

const MOST_TRIES = 3

/**
 * Makes commits durable on the thread pool, while the program goes on: SQLite itself (at `synchronous = FULL`) would hold the
 * event loop for as long as the disk takes. Everything committed while one sync runs shares the next.
 *
 * The rest of what FULL does stays with SQLite at NORMAL: it syncs the log before a checkpoint and the database after it
 * (https://sqlite.org/wal.html, "Performance Considerations"). The log stays one file, of one inode, while a connection is open.
 * @param file of the database; its log must exist
 */
export function walSync(
  file: string,
  { sync = promisify(fdatasync), whileStill, checkpoints }: WalSyncOptions,
) {
  const log = openSync(`${file}-wal`, 'r+')
  syncFolderAtOnce(path.dirname(file))
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  let isInDoubt = false

  // After a failed sync the system may call pages clean that never arrived, so that another sync alone would prove nothing, now
  // and for all that is written later (https://www.usenix.org/conference/atc20/presentation/rebello).
  const rewrite = async (): Promise<void> => {
    const handle = await open(`${file}-wal`, 'r+')
    try {
      await whileStill(async frames => {
        await rewriteFrames(handle, frames)
        await sync(log)
        isInDoubt = false
        checkpoints(true)
      })
    } finally {
      await handle.close()
    }
  }

  const doubt = (): void => {
    isInDoubt = true
    checkpoints(false)
  }

  /** @throws StorageTrouble when nobody knows what is on the disk; then nothing is taken for stored before that is known again */
  const force = async (): Promise<void> => {
    if (!isInDoubt) {
      try {
        return await sync(log)
      } catch {
        doubt()
      }
    }
    for (let tries = 1; isInDoubt; tries++) {
      try {
        await rewrite()
      } catch (error) {
        if (tries === MOST_TRIES) throw asDoubt(error)
      }
    }
  }

  return {
    /** Resolves when all that is committed now is on the disk. */
    durable(): Promise<void> {
      next ??= running
        .catch(() => undefined)
        .then(() => {
          running = force()
          next = undefined
          return running
        })
      return next
    },

    /** Whether a sync failed and nobody knows yet what is on the disk: then the log must stay as it is. */
    isInDoubt: () => isInDoubt,

    close: () => closeSync(log),
  }
}

const asDoubt = (error: unknown) => new StorageTrouble('unsure', storageTrouble(error)?.cause ?? error)
