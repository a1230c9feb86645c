import { AsyncLocalStorage } from 'node:async_hooks'
import Sqlite from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { Database, Sql } from './database.js'

export interface SqliteOptions {
  /** Overwrite deleted content with zeros; the tips store asks for it. */
  secureDelete?: boolean
}

/**
 * Opens (and creates) a SQLite file as two connections: one that writes, through a queue, and one that
 * only reads and therefore never waits for it (WAL).
 * @param file path of the database file
 * @throws when the file is no database or cannot be opened
 */
export function openSqlite(file: string, options: SqliteOptions = {}): Database {
  const writer = connect(file, options)
  const reader = connect(file, options)
  reader.pragma('query_only = ON')
  const write = statements(writer)
  const read = statements(reader)
  const queue = writeQueue()

  const statementFor = (query: Sql) => {
    const statement = write(query.sql)
    return statement.readonly ? read(query.sql) : statement
  }
  const perform = async <T>(query: Sql, act: (statement: Sqlite.Statement) => T): Promise<T> => {
    const statement = statementFor(query)
    return statement.readonly ? act(statement) : queue(async () => act(statement))
  }

  return {
    all: query => perform(query, statement => statement.all(query.values)),
    get: query => perform(query, statement => statement.get(query.values)),
    run: query => perform(query, statement => ({ changes: statement.run(query.values).changes })),
    transaction: work => queue(() => inTransaction(writer, write, work)),
    script: text => queue(async () => void writer.exec(text)),
    close: () =>
      queue(async () => {
        reader.close()
        writer.pragma('wal_checkpoint(TRUNCATE)')
        writer.close()
      }),
  }
}

function connect(file: string, { secureDelete = false }: SqliteOptions): Sqlite.Database {
  const connection = new Sqlite(file, { timeout: 5_000 })
  connection.pragma('journal_mode = WAL')
  // This build's WAL default is NORMAL, which loses acknowledged commits when the power fails.
  connection.pragma('synchronous = FULL')
  connection.pragma('foreign_keys = ON')
  connection.pragma('trusted_schema = OFF')
  connection.pragma(`secure_delete = ${secureDelete ? 'ON' : 'OFF'}`)
  return connection
}

/** Prepares each text once; bounded, since `in (…)` lists make texts of many lengths. */
function statements(connection: Sqlite.Database): (text: string) => Sqlite.Statement {
  const prepared = new LRUCache<string, Sqlite.Statement>({ max: 1_000 })
  return text => {
    let statement = prepared.get(text)
    if (!statement) {
      statement = connection.prepare(text)
      prepared.set(text, statement)
    }
    return statement
  }
}

/**
 * One connection holds one transaction, so writes stand in line: otherwise a request that awaits between
 * `begin` and `commit` would take another request's rows into its own rollback.
 */
function writeQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  const holder = new AsyncLocalStorage<{ done: boolean }>()
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const held = holder.getStore()
    if (held && !held.done) {
      return Promise.reject(
        new Error('Inside a transaction use the tx it hands in: the queue would wait for itself.'),
      )
    }
    const turn = { done: false }
    const result = last
      .then(() => holder.run(turn, work))
      .finally(() => {
        turn.done = true
      })
    last = result.catch(() => undefined)
    return result
  }
}

async function inTransaction<T>(
  writer: Sqlite.Database,
  prepare: (text: string) => Sqlite.Statement,
  work: (tx: Database) => Promise<T>,
): Promise<T> {
  const tx: Database = {
    all: async query => prepare(query.sql).all(query.values),
    get: async query => prepare(query.sql).get(query.values),
    run: async query => ({ changes: prepare(query.sql).run(query.values).changes }),
    transaction: nested => nested(tx),
    script: async text => void writer.exec(text),
    close: () => Promise.reject(new Error('A transaction cannot close its database.')),
  }
  prepare('begin immediate').run()
  try {
    const result = await work(tx)
    prepare('commit').run()
    return result
  } catch (error) {
    // SQLite rolls back by itself after some errors (a full disk, say): then there is nothing left to undo.
    if (writer.inTransaction) prepare('rollback').run()
    throw error
  }
}
