import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import {
  credentialFile,
  findRing,
  type Keyholder,
  type KeyName,
  keyId,
  keyNames,
  type Ring,
} from '../foundation/secret.js'
import { syncFolderAtOnce } from '../foundation/sync-folder.js'

/** A key that the databases were worked with: what it is called, and since when it made everything new, ISO 8601. */
const Known = z.object({ id: z.string(), since: z.iso.datetime() })
export type Known = z.infer<typeof Known>

/** By their names, newest first; a name that is missing was never worked with. */
const Note = z.partialRecord(z.enum(keyNames), z.array(Known).min(1))
export type Note = z.infer<typeof Note>

const noteFile = (dataDir: string) => path.join(dataDir, 'keys.json')

/**
 * Which keys the databases were worked with. It lies beside them, not in them: who has only the database, and a key that was replaced,
 * must not be able to say that the replacement has yet to come.
 */
export function readNote(dataDir: string): Note {
  try {
    return Note.parse(JSON.parse(readFileSync(noteFile(dataDir), 'utf8')))
  } catch {
    return {}
  }
}

/** The keys whose older ones are still believed, and since when the newest is in use. */
export function believedBeside(holder: Keyholder, now: string): { name: KeyName; since: string }[] {
  return keyNames.flatMap(name => {
    const ring = findRing(holder, name)
    if (!ring?.older.length || !isForgettable(name)) return []
    return [{ name, since: knownKeys(holder, name, ring, now)[0].since }]
  })
}

/** Older keys of the trail prove what they made and are believed for nothing else: there is nothing to forget. */
export const isForgettable = (name: KeyName): boolean => name !== 'audit-key'

/** Is on the disk when it returns, the whole of it or what was there before. */
export function writeNote(dataDir: string, note: Note): void {
  const unfinished = `${noteFile(dataDir)}.partial`
  writeFileSync(unfinished, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(unfinished, noteFile(dataDir))
  syncFolderAtOnce(dataDir)
}

/**
 * What is known of a name's keys. Where nothing was noted yet it is the oldest that the databases were worked with, since it was made.
 * @param now ISO 8601, for keys of which nobody knows when they were made
 */
export function knownKeys(holder: Keyholder, name: KeyName, ring: Ring, now: string): [Known, ...Known[]] {
  const [newest, ...older] = readNote(holder.dataDir)[name] ?? []
  if (newest) return [newest, ...older]
  const isFile = credentialFile(holder, name) === undefined && ring.older.length === 0
  const since = isFile ? statSync(path.join(holder.dataDir, name)).mtime.toISOString() : now
  return [{ id: keyId(ring.older.at(-1) ?? ring.newest), since }]
}
