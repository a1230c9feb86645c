import { askedThread } from './asked-thread.js'

/** SQLite's own number of pages after which it moves the log into the database. */
const CHECKPOINT_AFTER = 1_000
// A bound for the log where the thread cannot be had: then SQLite does it itself, and everybody waits.
const AT_THE_LATEST = 16 * CHECKPOINT_AFTER
const PAUSE_AFTER_TROUBLE = 1_000

export interface CheckpointOptions {
  /** path of the thread's built program; without it SQLite moves the log within whatever commit made it too long */
  program: string | undefined
  /** how many pages the log holds that are not in the database yet */
  pending(): number
  /** does work while this process writes nothing */
  whileNobodyWrites(work: () => Promise<void>): Promise<void>
  /** sets after how many pages SQLite does it itself; 0 for never */
  bySqlite(pages: number): void
}

/**
 * Moves the log into the database on a thread: some thousand pages to write and two syncs would hold the event loop for as long
 * as the disk takes (https://sqlite.org/wal.html, "Performance Considerations"). The order of writes and syncs that makes it
 * safe is SQLite's.
 */
export function checkpoints(
  file: string,
  { program, pending, whileNobodyWrites, bySqlite }: CheckpointOptions,
) {
  const thread = program === undefined ? undefined : askedThread<null, void>({ program, data: file })
  let isAllowed = true
  let notBefore = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined

  const move = async (): Promise<void> => {
    if (isAllowed) await thread?.ask(null)
  }

  const moveAll = async (): Promise<void> => {
    await move()
    // Little came meanwhile. Once that is moved as well, with nobody adding to it, the log begins anew.
    await whileNobodyWrites(move)
  }

  /** To be called after each commit. */
  const committed = (): void => {
    if (!thread || running || !isAllowed || performance.now() < notBefore) return
    if (pending() < CHECKPOINT_AFTER) return
    running = moveAll()
      // The log stays as it is, and the next commit tries again.
      .catch(() => {
        notBefore = performance.now() + PAUSE_AFTER_TROUBLE
      })
      .finally(() => {
        running = undefined
      })
  }

  const allow = (allowed: boolean): void => {
    isAllowed = allowed
    bySqlite(allowed ? (thread ? AT_THE_LATEST : CHECKPOINT_AFTER) : 0)
    committed()
  }
  allow(true)

  return {
    allow,
    committed,

    async close(): Promise<void> {
      await running
      await thread?.stop()
    },
  }
}
