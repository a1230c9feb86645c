import { createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, opendir, readdir, rm, stat, statfs, utimes } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isInUse } from '../foundation/alone.sqlite.js'
import { OperatorError } from '../foundation/errors.js'
import { syncFolder } from '../foundation/sync-folder.js'
import type { Manifest } from './contents.js'
import { type Exchanged, exchange } from './exchange.js'
import { SITE, TIPS } from './places.js'
import { damageIn } from './snapshot.sqlite.js'
import type { TarEntry } from './tar.js'
import { type Take, unpack } from './unpacking.js'
import { openWorkshop } from './workshop.js'

export interface RestoreOrder {
  /** the backup, or `-` for standard input */
  file: string
  /** to open a sealed one, `AGE-SECRET-KEY-1…` */
  identities: string[]
  /** the data folder that it becomes */
  into: string
  /** whether what is there may be replaced */
  force?: boolean
  /** the present, which names what is put aside */
  now: string
  /**
   * Looks whether this program can work with the databases of a folder, and marks them as a copy.
   * @throws OperatorError when they are newer than the program
   */
  settle(folder: string): Promise<void>
}

export interface Restored extends Exchanged {
  manifest: Manifest
}

/**
 * Puts a backup in the place of a data folder. All of it is unpacked, checked and synced beside that folder before anything is
 * replaced; a crash leaves the old one or the new one, each whole (`exchange.ts`).
 * @throws OperatorError, with a sentence for the operator; then nothing was replaced
 */
export async function restoreBackup(order: RestoreOrder): Promise<Restored> {
  const { file, identities, into } = order
  await refuseUnlessReady(order)
  await mkdir(path.dirname(into), { recursive: true })
  const workshop = await openWorkshop(`${into}.restoring-`)
  try {
    const { manifest, uncounted } = await unpack(file, identities, await unpackInto(workshop, file))
    for (const name of uncounted) await rm(path.join(workshop, name), { force: true })
    refuseDamage(file, workshop)
    await order.settle(workshop)
    await syncFolders(workshop)
    return { manifest, ...(await exchange(workshop, into, order.now)) }
  } catch (error) {
    await rm(workshop, { recursive: true, force: true })
    throw error
  }
}

/** Names that a fresh checkout has in its data folder. */
const OURS = ['sample']

async function refuseUnlessReady({ file, into, force }: RestoreOrder): Promise<void> {
  if (file !== '-') await stat(file)
  const names = existsSync(into) ? await readdir(into) : []
  if (names.some(name => !OURS.includes(name)) && !force)
    throw new OperatorError(
      `${into} is not empty. Restore into another folder with --into, or put what is there aside with --force.`,
    )
  for (const name of [SITE, TIPS])
    if (existsSync(path.join(into, name)) && isInUse(path.join(into, name)))
      throw new OperatorError(`A program has ${path.join(into, name)} open. Stop it, then restore.`)
}

/** What an archive may grow to: ours hold databases, which shrink to a fifth or so. What grows further was made to fill the disk. */
const MOST_GROWTH = 200
const ALWAYS_FINE = 1_073_741_824
const SPARE = 67_108_864

async function unpackInto(folder: string, file: string): Promise<Take> {
  const most = file === '-' ? Number.POSITIVE_INFINITY : ALWAYS_FINE + MOST_GROWTH * (await stat(file)).size
  let bytes = 0
  return async (entry, content) => {
    bytes += entry.size
    if (bytes > most) throw new OperatorError('it unpacks to far more than any backup of its size')
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < entry.size + SPARE)
      throw new OperatorError(
        `the disk of ${folder} has no room for it. Make room, or restore elsewhere with --into`,
      )
    await writeMember(folder, entry, content)
  }
}

async function writeMember(
  folder: string,
  { name, mode, modified }: TarEntry,
  content: AsyncIterable<Buffer>,
): Promise<void> {
  const target = path.join(folder, name)
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  await pipeline(content, createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true }))
  await chmod(target, (mode & 0o700) | 0o600)
  await utimes(target, modified, modified)
}

function refuseDamage(file: string, folder: string): void {
  for (const name of [SITE, TIPS]) {
    const database = path.join(folder, name)
    const [damage] = existsSync(database) ? damageIn(database) : name === SITE ? ['it is missing'] : []
    if (damage)
      throw new OperatorError(
        `${file} cannot be used as a backup: the database ${name} in it is damaged (${damage}).`,
      )
  }
}

async function syncFolders(folder: string): Promise<void> {
  for await (const entry of await opendir(folder))
    if (entry.isDirectory()) await syncFolders(path.join(folder, entry.name))
  await syncFolder(folder)
}
