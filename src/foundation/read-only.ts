import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { Database } from './database.js'
import { prepared } from './sqlite-statement.js'

const LOCKED_AT_MOST = 5_000

/**
 * A connection that only looks, and leaves the folder as it was. SQLite makes an empty log beside a file that nobody has open, and only
 * a connection that might write takes it away again; where a log is there already, such a one would bring it into the file.
 */
export function connectToLook(file: string): Sqlite.Database {
  const readonly = existsSync(`${file}-wal`)
  const connection = new Sqlite(file, { readonly, fileMustExist: true, timeout: LOCKED_AT_MOST })
  connection.pragma('query_only = ON')
  connection.pragma('trusted_schema = OFF')
  return connection
}

/** Opens a SQLite file to be looked at and nothing else, as it stands at one moment: every call that would write is refused. */
export function openReadOnly(file: string): Database {
  const connection = connectToLook(file)
  connection.exec('begin')
  return {
    all: async query => prepared(connection.prepare(query.sql)).all(query.values),
    get: async query => prepared(connection.prepare(query.sql)).get(query.values),
    run: refused,
    transaction: refused,
    script: refused,
    condition: refused,
    watch: () => {
      throw new Error('What is only looked at is not watched.')
    },
    close: async () => void connection.close(),
  }
}

async function refused(): Promise<never> {
  throw new Error('This database is only looked at.')
}
