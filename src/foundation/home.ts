import { readFileSync, statSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { type Database, sql } from './database.js'

export interface Home {
  db: Database
  databaseFile: string
  dataDir: string
}

const Row = z.object({ file: z.string(), beats: z.int() }).optional()
const Beats = z.object({ beats: z.int() }).optional()
const Note = z.object({ beats: z.int(), at: z.number() })

const MINUTE = 60_000

/**
 * Notices that this database is not the one that was worked with last, but a copy: put back from a backup, or moved to another
 * machine. What came due meanwhile may have been done there, changed or called off, so it must not happen again by itself.
 * @param hold keeps what is due from happening; runs in the transaction that notes the new home
 */
export async function arrive(home: Home, hold: (tx: Database) => Promise<void>): Promise<void> {
  const file = identityOf(home.databaseFile)
  const note = readNote(home)
  const beats = await home.db.transaction(async tx => {
    const known = Row.parse(await tx.get(sql`select file, beats from schedule_home where only = 1`))
    if (known && (known.file !== file || isOlder(known.beats, note))) await hold(tx)
    const next = Math.max(known?.beats ?? 0, note?.beats ?? 0) + 1
    await tx.run(sql`
      insert into schedule_home (only, file, beats) values (1, ${file}, ${next})
      on conflict (only) do update set file = excluded.file, beats = excluded.beats`)
    return next
  })
  await writeNote(home, beats)
}

/** Notes that the database was worked with until now. */
async function beat(home: Home): Promise<void> {
  const row = await home.db.get(
    sql`update schedule_home set beats = beats + 1 where only = 1 returning beats`,
  )
  const beats = Beats.parse(row)?.beats
  if (beats !== undefined) await writeNote(home, beats)
}

/** Beats each minute. @returns how to stop, which beats once more */
export function keepBeating(home: Home): () => Promise<void> {
  const quietly = () => beat(home).catch(() => undefined)
  const timer = setInterval(quietly, MINUTE).unref()
  return async () => {
    clearInterval(timer)
    await quietly()
  }
}

/** For whoever puts a backup in place: the next start finds a copy, wherever it stands. */
export async function markAsCopy(db: Database): Promise<void> {
  await db.run(sql`update schedule_home set file = 'a copy' where only = 1`)
}

// Without the device: its number may change with each start of a machine, and then every start would be a restore.
function identityOf(file: string): string {
  const { ino, birthtimeNs } = statSync(file, { bigint: true })
  return `${ino}-${birthtimeNs}`
}

interface FoundNote {
  beats: number
  /** the file was written by something else than this program */
  copied: boolean
}

// The database is written first, so the note is never ahead of the database that it belongs to.
function isOlder(beats: number, note: FoundNote | undefined): boolean {
  return note !== undefined && (note.beats > beats || note.copied)
}

const noteFile = ({ dataDir }: Home) => path.join(dataDir, 'last-alive')

function readNote(home: Home): FoundNote | undefined {
  try {
    const { beats, at } = Note.parse(JSON.parse(readFileSync(noteFile(home), 'utf8')))
    return { beats, copied: statSync(noteFile(home)).mtimeMs - at > MINUTE }
  } catch {
    return undefined
  }
}

// Renamed into place, so that a crash leaves the whole of one or of the other; no two programs write the same count.
async function writeNote(home: Home, beats: number): Promise<void> {
  const unfinished = `${noteFile(home)}.${beats}.part`
  await writeFile(unfinished, JSON.stringify({ beats, at: Date.now() }), { mode: 0o600 })
  await rename(unfinished, noteFile(home))
}
