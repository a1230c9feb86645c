import { chmodSync, closeSync, openSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import Sqlite from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import { checkpoints } from './checkpoints.js'
import { type Clock, systemClock } from './clock.js'
import type { Database, Query } from './database.js'
import { Busy } from './errors.js'
import { openCondition } from './sqlite-condition.js'
import { observe } from './sqlite-observer.js'
import { prepared, type Statement } from './sqlite-statement.js'
import { StorageTrouble, unlessInTrouble } from './storage-trouble.js'
import { inTurns } from './turns.js'
import { type Sync, walSync } from './wal-sync.js'

export interface SqliteOptions {
  /** Overwrite deleted content with zeros; the tips store asks for it. */
  secureDelete?: boolean
  /** How commits are forced onto the disk, instead of by `fdatasync`. */
  sync?: Sync
  /** How long a write waits for those before it, in milliseconds. */
  patience?: number
  /** How many writes may wait for those before them. */
  mostWaiting?: number
  /** Is told how long things took, in seconds; a write without its wait in line and without the sync that follows. */
  timed?: (act: Act, seconds: number) => void
  clock?: Clock
  /** The built program of the thread that moves the log into the database; for where somebody waits. */
  checkpointProgram?: string
}

type Act = 'read' | 'write' | 'sync'

/**
 * Opens (and creates) a SQLite file as two connections: one that writes, through a queue, and one that
 * only reads and therefore never waits for it (WAL).
 * @param file path of the database file
 * @throws when the file is no database or cannot be opened
 */
export function openSqlite(file: string, options: SqliteOptions = {}): Database {
  keepPrivate(file)
  const writer = connect(file, options)
  writer.pragma('busy_timeout = 0')
  const reader = connect(file, options)
  reader.pragma('query_only = ON')
  const write = statements(writer)
  const read = statements(reader)
  const logged = stateOfLog(reader)
  const { timed = () => undefined, patience = LONGEST_WAIT, mostWaiting = MOST_WAITING } = options
  const line = writeLine(patience)
  const condition = openCondition(path.dirname(file), options.clock ?? systemClock)
  const moving = checkpoints(file, {
    program: options.checkpointProgram,
    pending: () => pendingPages(logged()),
    whileNobodyWrites: line.stand,
    bySqlite: pages => void writer.pragma(`wal_autocheckpoint = ${pages}`),
  })
  const log = walSync(file, {
    sync: options.sync,
    whileStill: work => line.stand(() => whileStill(writer, logged, work)),
    checkpoints: moving.allow,
  })
  const observer = observe(() => connect(file, options))

  const took = async <T>(act: Act, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now()
    try {
      return await work()
    } finally {
      timed(act, (performance.now() - begun) / 1_000)
    }
  }

  const failed = (kind: 'read' | 'write', error: unknown): unknown => {
    const trouble = condition.failed(kind, error)
    // Damaged pages are not to be remembered once they are mended.
    if (trouble !== error) for (const connection of [reader, writer]) forgetPages(connection)
    if (trouble instanceof StorageTrouble && trouble.trouble === 'full') isFull = true
    return trouble
  }

  // The log holds much that is in the database already, and grows into any room that somebody makes: so it goes first.
  let isFull = false
  const makeRoom = (): void => {
    if (!isFull || log.isInDoubt()) return
    const [moved] = writer.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    isFull = moved?.busy !== 0
  }

  const durably = async <T>(work: () => Promise<T>): Promise<T> => {
    if (line.length() > mostWaiting) throw new Busy(crowded)
    try {
      const result = await line.stand(async () => {
        makeRoom()
        return took('write', work)
      })
      observer.committed()
      moving.committed()
      await took('sync', log.durable)
      return result
    } catch (error) {
      throw failed('write', error)
    }
  }

  // Closures for each read would take as long as some reads do.
  const perform = async <T>(
    query: Query,
    act: (statement: Statement, values: unknown[]) => T,
  ): Promise<T> => {
    const begun = performance.now()
    // The tag puts the text together each time that it is asked for.
    const { sql, values } = query
    let writing: Statement
    try {
      const statement = read(sql)
      if (statement.readonly) {
        const result = act(statement, values)
        timed('read', (performance.now() - begun) / 1_000)
        return result
      }
      writing = write(sql)
    } catch (error) {
      throw failed('read', error)
    }
    return durably(() => patiently(begun + LOCKED_AT_MOST, () => act(writing, values)))
  }

  // Writes the number of its own that SQLite lets programs have, and that this one does not use.
  const probe = async (): Promise<void> => {
    const until = lockedUntil()
    await durably(() => patiently(until, () => void writer.pragma('user_version = 0')))
    condition.wrote()
  }

  return {
    all: query => perform(query, allRows),
    get: query => perform(query, firstRow),
    run: query => perform(query, changesMade),
    transaction: work => {
      const until = lockedUntil()
      return durably(() => inTransaction(writer, write, { until, work }))
    },
    watch: observer.watch,
    async condition() {
      if (!condition.isKnown()) await probe().catch(() => undefined)
      return condition.now()
    },
    script: text => durably(() => patiently(lockedUntil(), () => void writer.exec(text))),
    async close() {
      await log.durable().catch(() => undefined)
      await moving.close()
      await line.stand(async () => {
        reader.close()
        observer.close()
        // What the disk does not take now the next start finds in the log.
        await unlessInTrouble(Promise.resolve().then(() => writer.pragma('wal_checkpoint(TRUNCATE)')))
        writer.close()
      })
      log.close()
    },
  }
}

/** Opens a SQLite file that another connection of the program writes as one connection that only reads; for threads. */
export function openReader(file: string): Pick<Database, 'all' | 'get'> {
  const reader = new Sqlite(file, { readonly: true, timeout: LOCKED_AT_MOST })
  reader.pragma('trusted_schema = OFF')
  const read = statements(reader)
  return {
    all: async query => read(query.sql).all(query.values),
    get: async query => read(query.sql).get(query.values),
  }
}

const allRows = (statement: Statement, values: unknown[]) => statement.all(values)
const firstRow = (statement: Statement, values: unknown[]) => statement.get(values)
const changesMade = (statement: Statement, values: unknown[]) => statement.run(values)

/** For how long another process may hold the database, in milliseconds. */
const LOCKED_AT_MOST = 5_000

const lockedUntil = (): number => performance.now() + LOCKED_AT_MOST

/**
 * Writes as soon as no other process holds the database (the tip line's has two, and a command may run beside the server).
 * SQLite's own waiting would hold the event loop, so it is asked again instead.
 * @param until counted from when the write was asked for: those in line behind it have waited as well
 */
async function patiently<T>(until: number, write: () => T): Promise<T> {
  for (let wait = 1; ; wait = Math.min(wait * 2, 25)) {
    try {
      return write()
    } catch (error) {
      const { code } = error as { code?: string }
      if (!code?.startsWith('SQLITE_BUSY') || performance.now() > until) throw error
    }
    await new Promise(resolve => setTimeout(resolve, wait))
  }
}

/** Nobody else on the machine reads it; SQLite gives its log the same permissions. What stands in the way, SQLite says better. */
function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  } catch {}
}

function connect(file: string, { secureDelete = false }: SqliteOptions): Sqlite.Database {
  const connection = new Sqlite(file, { timeout: LOCKED_AT_MOST })
  connection.pragma('journal_mode = WAL')
  // What FULL adds, a sync after each commit, `walSync` does off the event loop.
  connection.pragma('synchronous = NORMAL')
  // Else what a transaction might undo goes through a file once it is more than 64 KB, page by page for each statement.
  connection.pragma('temp_store = MEMORY')
  connection.pragma('foreign_keys = ON')
  connection.pragma('trusted_schema = OFF')
  connection.pragma(`secure_delete = ${secureDelete ? 'ON' : 'OFF'}`)
  return connection
}

/** How many pages the log holds, and how many of them are in the database. */
interface StateOfLog {
  log: number
  checkpointed: number
}

/** Looks without locking anything, in some microseconds. */
function stateOfLog(reader: Sqlite.Database): () => StateOfLog {
  const look = reader.prepare<[], StateOfLog>('pragma wal_checkpoint(NOOP)')
  return () => look.get() ?? { log: 0, checkpointed: 0 }
}

function pendingPages({ log, checkpointed }: StateOfLog): number {
  return log - checkpointed
}

/** Keeps every process from writing while something is done to the log. */
async function whileStill(
  writer: Sqlite.Database,
  logged: () => StateOfLog,
  work: (frames: number) => Promise<void>,
): Promise<void> {
  await patiently(lockedUntil(), () => writer.exec('begin immediate'))
  try {
    await work(logged().log)
  } finally {
    if (writer.inTransaction) writer.exec('rollback')
  }
}

function forgetPages(connection: Sqlite.Database): void {
  try {
    connection.pragma('shrink_memory')
  } catch {
    // Closed already.
  }
}

// A bare parameter in `limit` makes SQLite (with STAT4) plan the statement anew each time that one is bound: three times the work.
const PLANNED_ONCE = 'limit 0 + ?'

/** Prepares each text once; bounded, since `in (…)` lists make texts of many lengths. */
function statements(connection: Sqlite.Database): (text: string) => Statement {
  const known = new LRUCache<string, Statement>({ max: 1_000 })
  return text => {
    let statement = known.get(text)
    if (!statement) {
      statement = prepared(connection.prepare(text.replace(/\blimit \?/g, PLANNED_ONCE)))
      known.set(text, statement)
    }
    return statement
  }
}

/** How long a write waits for its turn, in milliseconds. */
const LONGEST_WAIT = 60_000
// A thousand take a second or so of a slow disk. Whoever waits longer has gone, and their forms would fill the memory.
const MOST_WAITING = 1_000

/**
 * One connection holds one transaction, so writes stand in line: otherwise a request that awaits between
 * `begin` and `commit` would take another request's rows into its own rollback. Who has stood there for a minute is
 * sent away: most likely the transaction under way waits for itself. (Asynchronous context would notice that at once,
 * but it slows every promise of the program.)
 */
function writeLine(patience: number) {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const stand = <T>(work: () => Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    let late = false
    waiting += 1
    const turn = last.then((): Promise<T> => {
      clearTimeout(timer)
      return late ? Promise.reject(stuck()) : work()
    })
    last = turn.then(ended, ended)
    if (waiting === 1) return turn
    const impatient = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        late = true
        reject(stuck())
      }, patience)
    })
    return Promise.race([turn, impatient])
  }

  return { stand, length: () => waiting }

  function ended(): void {
    waiting -= 1
  }
}

const crowded =
  'Very many people are sending something just now, and nothing of this was kept. Send it again in a few seconds.'

const stuck = () =>
  new Error(
    'A write waited for a minute. Inside a transaction use the tx it hands in: the queue would wait for itself.',
  )

async function inTransaction<T>(
  writer: Sqlite.Database,
  prepare: (text: string) => Statement,
  { until, work }: { until: number; work: (tx: Database) => Promise<T> },
): Promise<T> {
  const othersTurn = inTurns()
  const step = async <T>(query: Query, act: (statement: Statement, values: unknown[]) => T): Promise<T> => {
    // Most wait for nobody, and even that would take time.
    const others = othersTurn()
    if (others) await others
    return act(prepare(query.sql), query.values)
  }
  const tx: Database = {
    all: query => step(query, allRows),
    get: query => step(query, firstRow),
    run: query => step(query, changesMade),
    transaction: nested => nested(tx),
    watch: () => {
      throw new Error('A transaction watches nothing: it sees no commit but its own.')
    },
    condition: () => Promise.reject(new Error('A transaction does not know how its database does.')),
    script: async text => void writer.exec(text),
    close: () => Promise.reject(new Error('A transaction cannot close its database.')),
  }
  await patiently(until, () => prepare('begin immediate').run([]))
  try {
    const result = await work(tx)
    prepare('commit').run([])
    return result
  } catch (error) {
    // SQLite rolls back by itself after some errors (a full disk, say): then there is nothing left to undo.
    if (writer.inTransaction) prepare('rollback').run([])
    throw error
  }
}
