import type { Database } from '../foundation/database.js'
import type { Log } from '../foundation/log.js'
import { developAvif, removeFiles } from './darkroom.js'
import { type Lane, lane } from './lane.js'
import type { Originals } from './originals.js'
import { mediaRepository } from './repository.js'

// A file that the encoder fails on, or dies of, is not tried for ever.
const MOST_ATTEMPTS = 3

export interface AvifServices {
  db: Database
  folder: string
  originals: Originals
  log: Log
}

/**
 * Makes AVIF files in the background: they take seconds, and a page does without them until they are there. What
 * waits is a column of the picture's row, so a restart goes on where it stopped.
 */
export function avifWorker({ db, folder, originals, log }: AvifServices) {
  const repository = mediaRepository(db)
  const rounds: Lane = lane(Number.POSITIVE_INFINITY)
  let running = false
  let stopped = false

  const make = async (id: string, attempts: number): Promise<void> => {
    const [item] = await repository.byIds([id])
    if (!item?.original || attempts >= MOST_ATTEMPTS) return repository.giveUpAvif(id)
    // Counted before, since a crash does not count afterwards.
    await repository.countAttempt(id)
    const made = await developAvif({ ...item, file: originals.where(item.original) }, folder)
    const others = item.variants.filter(variant => variant.type !== 'image/avif')
    const listed = await repository.finishAvif(id, item.hash, [...made, ...others])
    if (!listed)
      await removeFiles(
        folder,
        made.map(variant => variant.file),
      )
  }

  // One pass over all that wait; what fails in it is tried again by the next.
  const round = async (): Promise<void> => {
    let next = await repository.nextWaiting('')
    while (next && !stopped) {
      const { id, attempts } = next
      await make(id, attempts).catch(error => log.warn({ err: error, picture: id }, 'no AVIF was made'))
      next = await repository.nextWaiting(id)
    }
  }

  const work = () => rounds.run(round)

  return {
    /** Makes all that are waiting and resolves when that is done. */
    makeWaiting: work,
    start(): void {
      running = true
      this.wake()
    },
    /** Looks for new pictures, if the worker runs at all. */
    wake(): void {
      if (running && !stopped) work().catch(error => log.error({ err: error }, 'AVIF files cannot be made'))
    },
    /** Finishes the picture under way. */
    async stop(): Promise<void> {
      stopped = true
      await rounds.idle()
    },
  }
}
