import type { Database } from '../foundation/database.js'
import type { Log } from '../foundation/log.js'
import { storageTrouble, unlessInTrouble } from '../foundation/storage-trouble.js'
import { developAvif, removeFiles } from './darkroom.js'
import { type Lane, lane } from './lane.js'
import type { Originals } from './originals.js'
import { mediaRepository } from './repository.js'
import type { MediaItem } from './schema.js'

// A file that the encoder fails on, or dies of, is not tried for ever.
const MOST_ATTEMPTS = 3

export type AvifWorker = ReturnType<typeof avifWorker>

export interface AvifServices {
  db: Database
  /** notes in a transaction that readers will see it */
  contentChanged: (tx: Database) => Promise<void>
  folder: string
  originals: Originals
  log: Log
}

/**
 * Makes AVIF files in the background: they take seconds, and a page does without them until they are there. What
 * waits is a column of the picture's row, so a restart goes on where it stopped.
 */
export function avifWorker({ db, contentChanged, folder, originals, log }: AvifServices) {
  const repository = mediaRepository(db)
  const rounds: Lane = lane(Number.POSITIVE_INFINITY)
  let running = false
  // Those who ask for all that waits get it, whether or not the worker runs.
  let stopping = false

  const make = async (id: string, attempts: number): Promise<void> => {
    const [item] = await repository.byIds([id])
    if (!item?.original || attempts >= MOST_ATTEMPTS) return repository.giveUpAvif(id)
    // Counted before, since a crash does not count afterwards.
    await repository.countAttempt(id)
    const made = await develop(item, originals.where(item.original))
    const others = item.variants.filter(variant => variant.type !== 'image/avif')
    const listed = await db.transaction(async tx => {
      const listed = await mediaRepository(tx).finishAvif(id, item.hash, [...made, ...others])
      if (listed) await contentChanged(tx)
      return listed
    })
    if (!listed)
      await removeFiles(
        folder,
        made.map(variant => variant.file),
      )
  }

  const develop = async (item: MediaItem, file: string) => {
    try {
      return await developAvif({ ...item, file }, folder)
    } catch (error) {
      // It is no fault of the picture's.
      if (storageTrouble(error)) await unlessInTrouble(repository.takeAttemptBack(item.id))
      throw error
    }
  }

  // One pass over all that wait; what fails in it is tried again by the next. Nothing is made while nothing can be stored.
  const round = async (): Promise<void> => {
    let next = await repository.nextWaiting('')
    while (next && !stopping) {
      const { id, attempts } = next
      const failure = await make(id, attempts).catch((error: Error) => error)
      if (failure) log.warn({ err: failure, picture: id }, 'no AVIF was made')
      if (storageTrouble(failure)) return
      next = await repository.nextWaiting(id)
    }
  }

  const work = () => rounds.run(round)

  const wake = (): void => {
    if (running) work().catch(error => log.error({ err: error }, 'AVIF files cannot be made'))
  }

  return {
    /** Makes all that are waiting and resolves when that is done. */
    makeWaiting: work,
    start(): void {
      running = true
      stopping = false
    },
    /** Looks for new pictures, if the worker runs at all. */
    wake,
    /** Finishes the picture under way. */
    async stop(): Promise<void> {
      running = false
      stopping = true
      await rounds.idle()
    },
  }
}
