import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { programFolder } from '../../config.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { migrate } from '../../foundation/migrate.js'
import { openSqlite } from '../../foundation/sqlite.js'
import { sealer } from '../sealing/sealer.js'
import { type Arrivals, arrivals } from './arrivals.js'
import { type NameplateFile, nameplateFile } from './nameplate.js'
import { tipDay } from './retention.js'
import type { Part } from './schema.js'
import { type SealedStore, sealedStore } from './sealed-store.js'
import { shredding } from './shredding.js'

export { columnsOf } from './columns.sqlite.js'
export { dayAfter } from './days.js'
export type { Nameplate } from './nameplate.js'
export { tipsRepository } from './repository.js'
export { expiring, keptUntil, retention } from './retention.js'
export * from './schema.js'
export { sealedNames } from './sealed-names.js'
export type { Staged } from './sealed-store.js'
export { sparedUntil, spareShortened, WARNING_DAYS } from './sparing.js'

/** What both doors share: rows and ciphertext, below `DATA_DIR/tips`. */
export interface TipStore {
  folder: string
  db: Database
  sealed: SealedStore
  nameplate: NameplateFile
  /** The day by which the tip line goes, `2020-12-24`: the clock's, unless a later one is believed. */
  today(): Promise<string>
  /** Brings what was staged to its place, rows and files. @returns whether there was a place for it */
  keep: Arrivals['keep']
  /**
   * Removes what a crash left on its way. For a program that serves, once it listens: a command that runs beside a server
   * would take the tips that are just arriving there.
   * @param besideOthers other processes serve already: only what ended ones were taking in goes
   */
  sweep(besideOthers?: boolean): Promise<void>
  /** Ends a tip: resolves once nothing of it is left in the database, its log or the folder. */
  shred(tipId: string): Promise<void>
  close(): Promise<void>
}

/** Which doors a program opens; each stages what it seals in a folder of its own, so that neither empties the other's. */
type Doors = 'both' | 'source' | 'newsroom'

const stagingFolders: Record<Doors, [own: string, ...left: string[]]> = {
  both: ['staging', 'staging-newsroom'],
  source: ['staging'],
  newsroom: ['staging-newsroom'],
}

const kinds: Record<Doors, Part['kind'][]> = {
  both: ['source', 'reply', 'note'],
  source: ['source'],
  newsroom: ['reply', 'note'],
}

export interface TipStoreOptions {
  dataDir: string
  clock: Clock
  /** is told of sealed folders that no row knows */
  log?: Pick<Log, 'warn'>
  doors?: Doors
}

/**
 * Opens the tip line's own database and the folder of sealed files. Two programs may have it open at once: what they write is
 * short, and neither holds its event loop while the other does.
 * @throws MigrationError when the database cannot be brought up to date
 */
export async function openTipStore(options: TipStoreOptions): Promise<TipStore> {
  const { dataDir, clock, log, doors = 'both' } = options
  const folder = path.join(dataDir, 'tips')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'tips.db')
  const db = openSqlite(file, { secureDelete: true })
  await migrate(db, [path.join(programFolder, 'migrations/tips')], clock().toISOString())
  const sealing = sealer()
  const sealed = await sealedStore(folder, sealing, stagingFolders[doors])
  const arriving = await arrivals({ db, sealed, kinds: kinds[doors] })
  const ending = shredding({ db, file, sealed })
  await ending.resume()
  const strays = await ending.strays()
  if (strays.length) log?.warn(unknownFolders(strays))
  const nameplate = nameplateFile(folder)
  const close = async () => {
    await sealing.close()
    await db.close()
  }
  const sweep = async (besideOthers = false) => {
    await sealed.sweep(besideOthers)
    // Of rows nobody can tell whose they are.
    if (!besideOthers) await arriving.sweep()
  }
  const today = () => tipDay(db, clock)
  return { folder, db, sealed, nameplate, today, keep: arriving.keep, sweep, shred: ending.shred, close }
}

function unknownFolders(strays: string[]): string {
  const some = strays.slice(0, 5).join(', ') + (strays.length > 5 ? ', …' : '')
  return (
    `The database knows no tip for ${strays.length} of the folders in tips/sealed (${some}). They stay as they are: ` +
    'read them with `handpress tips open`, then remove them by hand.'
  )
}
