import Sqlite from 'better-sqlite3'
import { connectToLook } from '../foundation/read-only.js'

/**
 * Copies a database as it stands at one moment, with all that was committed before, while others write to it. All pages are taken
 * in one step: with several, each write of another process would begin it anew. Holds its thread for as long as that takes.
 * @param target a file that does not exist yet; it is one file, without a log beside it
 */
export async function takeSnapshot(file: string, target: string): Promise<void> {
  const source = connectToLook(file)
  try {
    await source.backup(target, { progress: ({ remainingPages }) => Math.max(1, remainingPages) })
  } finally {
    source.close()
  }
  const snapshot = new Sqlite(target)
  try {
    snapshot.pragma('journal_mode = DELETE')
  } finally {
    snapshot.close()
  }
}

/** What is wrong inside a database file, as SQLite says it; nothing when it is whole. */
export function damageIn(file: string): string[] {
  let db: Sqlite.Database | undefined
  try {
    db = connectToLook(file)
    const found = db.pragma('integrity_check(5)') as { integrity_check: string }[]
    const orphans = db.pragma('foreign_key_check') as { table: string; parent: string }[]
    return [
      ...found.map(row => row.integrity_check).filter(said => said !== 'ok'),
      ...orphans.slice(0, 5).map(({ table, parent }) => `a row of ${table} belongs to none of ${parent}`),
    ]
  } catch (error) {
    return [(error as Error).message]
  } finally {
    db?.close()
  }
}
