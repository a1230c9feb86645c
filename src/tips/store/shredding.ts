import type { Database } from '../../foundation/database.js'
import { emptyLog } from './log.sqlite.js'
import type { SealedStore } from './sealed-store.js'
import { shreddingRepository } from './shredding.repository.js'

export interface ShreddingServices {
  db: Database
  /** the database's file */
  file: string
  sealed: SealedStore
}

/**
 * How a tip ends, whoever ends it: rows first, since what no row knows cannot be returned to, then the files, then what the
 * database's log still held of them.
 */
export function shredding({ db, file, sealed }: ShreddingServices) {
  const repository = shreddingRepository(db)

  const finish = async (tipId: string): Promise<void> => {
    await sealed.remove(tipId)
    await repository.end(tipId)
  }

  return {
    /** Resolves once nothing of the tip is left in the database, its log or the folder. */
    async shred(tipId: string): Promise<void> {
      await repository.begin(tipId)
      await finish(tipId)
      await emptyLog(db, file)
    },

    /** Finishes what a crash left half done, and empties the log that it left as well. */
    async resume(): Promise<void> {
      for (let ids = await repository.begun(100); ids.length; ids = await repository.begun(100))
        for (const id of ids) await finish(id)
      await emptyLog(db, file)
    },

    /** Sealed folders that no row knows, as after the loss of the database; they stay until somebody decides. */
    async strays(): Promise<string[]> {
      const strays: string[] = []
      for (let folders = await sealed.folders(); folders.length; folders = folders.slice(500)) {
        const some = folders.slice(0, 500)
        const known = new Set(await repository.known(some))
        strays.push(...some.filter(id => !known.has(id)))
      }
      return strays
    },
  }
}
