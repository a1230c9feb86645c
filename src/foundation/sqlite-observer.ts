import type Sqlite from 'better-sqlite3'
import type { Query } from './database.js'

// Looking takes SQLite two locks, some microseconds: a crowd's requests that are read in one turn of the event loop share it. A
// request of that turn was under way before, so nobody can have heard of a change that the look did not see.
const MOST_LOOKS_SHARED = 32

/**
 * Sees commits of other connections, in this process and others, by a connection of its own that never writes
 * (https://sqlite.org/pragma.html#pragma_data_version).
 * @param connect opens it; called only if something is watched
 */
export function observe(connect: () => Sqlite.Database) {
  let connection: Sqlite.Database | undefined
  let commits: unknown
  let shared = MOST_LOOKS_SHARED
  let turnIsNoted = false

  const lookAnew = (): void => {
    shared = MOST_LOOKS_SHARED
    turnIsNoted = false
  }

  const look = (pragma: Sqlite.Statement): unknown => {
    if (shared === MOST_LOOKS_SHARED) {
      commits = pragma.get()
      shared = 0
      if (!turnIsNoted) setImmediate(lookAnew)
      turnIsNoted = true
    }
    shared += 1
    return commits
  }

  return {
    watch<T>(query: Query, parse: (value: unknown) => T): () => T {
      connection ??= connect()
      const pragma = connection.prepare('pragma data_version').pluck()
      const row = connection.prepare(query.sql).pluck()
      const read = () => parse(row.get(query.values))
      let asOf: unknown
      let value: T | undefined
      return () => {
        try {
          const now = look(pragma)
          if (value === undefined || now !== asOf) value = read()
          asOf = now
        } catch (error) {
          // While the database cannot be read, what was read last is the best that anybody has.
          shared = MOST_LOOKS_SHARED
          if (value === undefined) throw error
        }
        return value
      }
    },

    /** A commit of this process happened. */
    committed(): void {
      shared = MOST_LOOKS_SHARED
    },

    close: () => connection?.close(),
  }
}
