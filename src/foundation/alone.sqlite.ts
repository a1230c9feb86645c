import Sqlite from 'better-sqlite3'

/**
 * Keeps everybody else from a database that nobody has open. It works by the lock that everybody who has a SQLite file open holds, so
 * that no clock and no list of processes has to be believed.
 * @returns how to let others in again; undefined when another process has it open
 */
export function holdAlone(file: string): (() => void) | undefined {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(file, { fileMustExist: true, timeout: 0 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('begin exclusive; rollback')
    const held = db
    return () => void held.close()
  } catch (error) {
    db?.close()
    if (!String((error as { code?: string }).code).startsWith('SQLITE_BUSY')) return () => undefined
    return undefined
  }
}

/** Whether another process has a database open. */
export function isInUse(file: string): boolean {
  const release = holdAlone(file)
  release?.()
  return release === undefined
}
