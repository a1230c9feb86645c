import { opendir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Where the two databases stand in a backup, and in a data folder where `DATABASE_URL` says nothing else. */
export const SITE = 'site.db'
export const TIPS = 'tips/tips.db'
export const KEY = 'newsroom-key.txt'

/** What is kept beside the newsroom's own files while a backup is made. */
export const WORKSHOP = 'backing-up-'

/**
 * What no backup holds: the databases themselves, whose snapshots it holds; other backups; what can be drawn again; notes on this
 * machine; what is on its way and was acknowledged to nobody.
 */
const leftOut = [
  /^tips\/tips\.db(-wal|-shm|-journal)?$/,
  /^(cards|backups|media-originals\/incoming|tips\/staging[^/]*)(\/|$)/,
  /^(last-alive|last-backup)/,
  new RegExp(`^${WORKSHOP}`),
  /\.(part|partial)$/,
]

/**
 * Files below a data folder that belong into a backup, by their names in it. Whatever comes and goes meanwhile may or may not be
 * among them.
 * @param databaseFile the site's database, wherever it stands
 */
export async function* filesToKeep(dataDir: string, databaseFile: string): AsyncGenerator<string> {
  const databases = ['', '-wal', '-shm', '-journal'].map(end => databaseFile + end)
  for await (const name of filesBelow(dataDir, ''))
    if (!databases.includes(path.join(dataDir, name))) yield name
}

async function* filesBelow(dataDir: string, folder: string): AsyncGenerator<string> {
  const opened = await opendir(path.join(dataDir, folder)).catch(ifThere)
  if (!opened) return
  for await (const entry of opened) {
    const name = folder ? `${folder}/${entry.name}` : entry.name
    if (leftOut.some(place => place.test(name))) continue
    // By what it leads to: a folder of pictures may be a link to another disk.
    const found = await stat(path.join(dataDir, name)).catch(ifThere)
    if (found?.isDirectory()) yield* filesBelow(dataDir, name)
    else if (found?.isFile()) yield name
  }
}

/** For what may have been removed meanwhile. */
export function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
