import { existsSync, renameSync } from 'node:fs'
import { readdir, rename, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { OperatorError } from '../foundation/errors.js'
import { syncFolder } from '../foundation/sync-folder.js'

export interface Exchanged {
  /** where what was there before lies now; undefined when there was nothing */
  replaced: string | undefined
}

const waiting = (place: string) => `${place}.restored`

/**
 * Puts a finished folder in the place of another, which is kept beside it. No file system lets two folders change places at once
 * for us: so the new one has a name first that the next start knows, should the machine fail between the two steps.
 * @param now ISO 8601
 * @throws OperatorError when the folder cannot be moved; then it is in its place
 */
export async function exchange(finished: string, place: string, now: string): Promise<Exchanged> {
  const home = path.dirname(place)
  if (existsSync(waiting(place)))
    throw new OperatorError(
      `${waiting(place)} lies there from a restore that was cut short. Look into it, move it away, and restore again.`,
    )
  await rename(finished, waiting(place))
  await syncFolder(home)
  try {
    const replaced = await moveAside(place, now)
    await syncFolder(home)
    await rename(waiting(place), place)
    await syncFolder(home)
    return { replaced }
  } catch (error) {
    if (existsSync(place)) await rename(waiting(place), finished)
    throw new OperatorError(
      `${place} cannot be moved (${(error as Error).message}). Where it is a disk of its own, restore into a new folder on it with --into, and set DATA_DIR to that.`,
    )
  }
}

async function moveAside(place: string, now: string): Promise<string | undefined> {
  if (!existsSync(place)) return undefined
  if ((await readdir(place)).length === 0) {
    await rmdir(place)
    return undefined
  }
  const aside = `${place}.replaced-${now.slice(0, 19).replaceAll(':', '-')}`
  await rename(place, aside)
  return aside
}

/**
 * Finishes a restore that was cut short between its last two steps: before a program makes itself an empty folder in the place of
 * the one that was put aside. @returns whether there was one
 */
export function finishRestore(dataDir: string): boolean {
  if (existsSync(dataDir) || !existsSync(waiting(dataDir))) return false
  renameSync(waiting(dataDir), dataDir)
  return true
}
