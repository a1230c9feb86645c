import { randomBytes } from 'node:crypto'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { couldBeCodename, type Lookup, newCodename } from './codename.js'
import { keyOnServer } from './newsroom-key.js'
import { tipsRepository } from './repository.js'
import type { Tip } from './schema.js'
import type { SealedStore, Staged } from './sealed-store.js'

export interface TipsServices {
  db: Database
  clock: Clock
  store: SealedStore
  lookup: Lookup
  dataDir: string
  /** recipients that the operator named */
  operatorRecipients: string[]
}

/** A tip as its source sees it again. */
export interface Kept extends Tip {
  /** how often the source wrote, and how many files came with it */
  messages: number
  files: number
  /** of the last message, `2020-12-24` */
  lastDay: string
}

export type TipsService = ReturnType<typeof tipsService>

export function tipsService({ db, clock, store, lookup, dataDir, operatorRecipients }: TipsServices) {
  const repository = tipsRepository(db)
  const today = () => clock().toISOString().slice(0, 10)

  const keepParts = async (tx: Database, tipId: string, staged: Staged): Promise<void> => {
    const parts = await tipsRepository(tx).parts(tipId)
    const batch = (parts.at(-1)?.batch ?? 0) + 1
    const day = today()
    await staged.keep(tipId, batch, day)
    for (const number of staged.numbers()) await tipsRepository(tx).addPart(tipId, { batch, number, day })
  }

  const tipOf = async (codename: string): Promise<Tip | undefined> =>
    couldBeCodename(codename) ? repository.byLookup(await lookup(codename)) : undefined

  const describe = async (tip: Tip): Promise<Kept> => {
    const parts = await repository.parts(tip.id)
    const batches = new Set(parts.map(part => part.batch))
    const files = parts.filter(part => part.number > 0)
    return { ...tip, messages: batches.size, files: files.length, lastDay: parts.at(-1)?.day ?? tip.day }
  }

  return {
    /** To whom tips are sealed now; nobody means that the tip line is closed. */
    async recipients(): Promise<string[]> {
      return [...new Set([...operatorRecipients, ...(await repository.recipients())])]
    },

    /** A place for what a source is about to send. */
    async stage(): Promise<Staged> {
      return store.stage(await this.recipients())
    },

    /**
     * Keeps what was staged as a new tip.
     * @returns the codename, which nobody can tell again
     */
    async receive(staged: Staged): Promise<string> {
      const codename = newCodename()
      const found = await lookup(codename)
      // Random, unlike other ids here: a UUIDv7 would hold the millisecond.
      const tip = { id: randomBytes(16).toString('hex'), day: today() }
      await db.transaction(async tx => {
        await tipsRepository(tx).add(tip, found)
        await keepParts(tx, tip.id, staged)
      })
      return codename
    },

    /** The tip that a codename leads to. */
    async find(codename: string): Promise<Kept | undefined> {
      const tip = await tipOf(codename)
      return tip && describe(tip)
    },

    /** Adds what was staged to a tip; undefined when the codename leads to none. */
    async add(codename: string, staged: Staged): Promise<Kept | undefined> {
      const tip = await tipOf(codename)
      if (!tip) return undefined
      await db.transaction(tx => keepParts(tx, tip.id, staged))
      return describe(tip)
    },

    /** Erases a tip, rows first: what no row knows cannot be returned to. */
    async erase(codename: string): Promise<boolean> {
      const tip = await tipOf(codename)
      if (!tip) return false
      await repository.remove(tip.id)
      await store.remove(tip.id)
      return true
    },

    /** How many tips lie on this machine, sealed; at most 1,000 are counted. Nothing else of them is told. */
    async waiting(): Promise<number> {
      return repository.count(1_000)
    },

    /** The path of the newsroom's secret key while it still lies on this machine. */
    keyOnServer: () => keyOnServer(dataDir),
  }
}
