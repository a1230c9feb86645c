import type { Database } from '../../foundation/database.js'
import { type Arrival, arrivalsRepository } from './arrivals.repository.js'
import { tipsRepository } from './repository.js'
import type { Part } from './schema.js'
import type { SealedStore, Staged } from './sealed-store.js'

export interface ArrivalServices {
  db: Database
  sealed: SealedStore
  /** what this program brings; what a crash of another one left is that one's to clear away */
  kinds: Part['kind'][]
}

/** What is to stand under a tip. */
export interface Arriving {
  tipId: string
  kind: Part['kind']
  day: string
  staged: Staged
  /** Writes what else belongs to it, in the transaction that enters it. False: there is no place for it any more. */
  enter(tx: Database): Promise<boolean>
}

export type Arrivals = Awaited<ReturnType<typeof arrivals>>

/**
 * How sealed parts come to stand under a tip: files first, then rows, and neither without the other, whatever breaks between
 * them. No transaction waits for the disk meanwhile, since the other door may want to write.
 */
export async function arrivals({ db, sealed, kinds }: ArrivalServices) {
  const repository = arrivalsRepository(db)
  const left = await repository.underWay(kinds)

  // A commit may fail after all, on its way to the disk; then the rows stand, and so do the files.
  const giveUp = async (arrival: Arrival): Promise<void> => {
    if (!(await repository.isUnderWay(arrival))) return
    await sealed.removeBatch(arrival.tipId, arrival.batch)
    await repository.end(arrival)
  }

  const owed = new Set<Arrival>()

  // What fails here as well is tried again with the next one, and at the next start.
  const clearAway = async (arrival: Arrival): Promise<void> => {
    owed.add(arrival)
    for (const one of [...owed]) {
      await giveUp(one)
      owed.delete(one)
    }
  }

  // Another program may shred the tip, folder and all, while its files are put there: then there is no place any more.
  const unlessShredded = async (error: unknown, enter: Arriving['enter']): Promise<void> => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await db.transaction(async tx => {
      if (await enter(tx)) throw error
    })
  }

  return {
    /** @returns whether there was a place for it; where not, and where this throws, nothing is left of it */
    async keep({ tipId, kind, day, staged, enter }: Arriving): Promise<boolean> {
      const arrival = await repository.begin(tipId, kind)
      const part = { batch: arrival.batch, kind, day }
      try {
        try {
          await staged.keep(tipId, part)
        } catch (error) {
          await unlessShredded(error, enter)
          return false
        }
        return await db.transaction(async tx => {
          if (!(await enter(tx))) return false
          for (const number of staged.numbers()) await tipsRepository(tx).addPart(tipId, { ...part, number })
          await arrivalsRepository(tx).end(arrival)
          return true
        })
      } finally {
        await clearAway(arrival).catch(() => undefined)
      }
    },

    /** Removes what a crash had left half-way when this program began. */
    async sweep(): Promise<void> {
      for (const arrival of left) await giveUp(arrival)
    },
  }
}
