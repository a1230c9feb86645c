import { statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, type Sql, sql } from '../../foundation/database.js'

// It is 4 MB long where SQLite keeps it short by itself; a statement holds the event loop for as long as it runs.
const MOST_ZEROS = 64 * 1_048_576
const TRIES = 20

const restart = sql`pragma wal_checkpoint(restart)`
const truncate = sql`pragma wal_checkpoint(truncate)`

/**
 * Moves everything that SQLite's log holds into the database, writes zeros over what the log held, and cuts it off. With
 * `secure_delete` what was deleted is then in neither file. Blocks that the file system or a flash disk copied on its own
 * account are beyond reach of any program.
 */
export async function emptyLog(db: Database, file: string): Promise<void> {
  if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size === 0) return
  if (!(await checkpoint(db, restart))) return
  await overwriteLog(db, `${file}-wal`)
  await checkpoint(db, truncate)
}

/** Fills a log that is all in the database, from its beginning to its end, with pages of zeros. */
export async function overwriteLog(db: Database, log: string): Promise<void> {
  const { size } = statSync(log)
  if (size === 0) return
  // One statement: between two, SQLite could begin the log anew.
  await db.run(sql`insert into overwriting (zeros) values (zeroblob(${Math.min(size, MOST_ZEROS)}))`)
  await db.run(sql`delete from overwriting`)
}

// Another process may read just now; that takes it no longer than a statement.
async function checkpoint(db: Database, statement: Sql): Promise<boolean> {
  for (let left = TRIES; left > 0; left--) {
    const result = (await db.get(statement)) as { busy: number }
    if (!result.busy) return true
    await pause(50)
  }
  return false
}
