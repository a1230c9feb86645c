import { askedThread } from './asked-thread.js'

/** SQLite's own number of pages after which it moves the log into the database. */
const CHECKPOINT_AFTER = 1_000
// Bounds for the log, at which SQLite does it itself and everybody waits: one where the thread cannot be had, one where it does not keep
// up. A batch of an import into a large archive alone is more than 20,000 pages.
const WITHOUT_THREAD = 16 * CHECKPOINT_AFTER
const AT_THE_LATEST = 96 * CHECKPOINT_AFTER
// How often the thread tries to catch up with those who write before they have to wait for it.
const MOST_PASSES = 3
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

  const bound = (pages: number): void => bySqlite(isAllowed ? pages : 0)

  const move = async (): Promise<void> => {
    if (isAllowed) await thread?.ask(null)
  }

  const moveAll = async (): Promise<void> => {
    let isMoved = false
    for (let pass = 1; !isMoved && isAllowed; pass++) {
      await move()
      await whileNobodyWrites(async () => {
        if (pass < MOST_PASSES && pending() >= CHECKPOINT_AFTER) return
        // Little came meanwhile. Once that is moved as well, with nobody adding to it, the log begins anew.
        await move()
        isMoved = true
      })
    }
  }

  /** To be called after each commit. */
  const committed = (): void => {
    if (!thread || running || !isAllowed || performance.now() < notBefore) return
    if (pending() < CHECKPOINT_AFTER) return
    running = moveAll()
      .then(() => bound(AT_THE_LATEST))
      // The log stays as it is, and a later commit tries again.
      .catch(() => {
        notBefore = performance.now() + PAUSE_AFTER_TROUBLE
        bound(WITHOUT_THREAD)
      })
      .finally(() => {
        running = undefined
      })
  }

  const allow = (allowed: boolean): void => {
    isAllowed = allowed
    bound(thread ? AT_THE_LATEST : CHECKPOINT_AFTER)
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
