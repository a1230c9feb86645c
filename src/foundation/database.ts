import type { Sql } from 'sql-template-tag'
import type { Cause } from './storage-trouble.js'

export { default as sql, empty, join, raw, type Sql } from 'sql-template-tag'

/** A statement's text with its values. */
export type Query = Pick<Sql, 'sql' | 'values'>

/**
 * The engine-neutral door to a database. Every call is asynchronous, so that an engine behind a
 * socket fits as well as one in this process. Rows leave as `unknown`: repositories parse them.
 */
export interface Database {
  /** Every row that the query yields. The query bounds them with `limit`. */
  all(query: Query): Promise<unknown[]>
  /** The first row, or `undefined` when there is none. */
  get(query: Query): Promise<unknown>
  /** Runs a statement for its effect and tells how many rows it changed. */
  run(query: Query): Promise<{ changes: number }>
  /**
   * Runs `work` in one transaction: all of it is durable when the promise resolves, none of it when
   * it rejects. Inside, only the `tx` handed in may be used. A nested call joins the outer one.
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>
  /**
   * A value of one row that hardly ever changes, to be asked for often: it is read again only once somebody has committed, in
   * this process or another. Not inside a transaction.
   */
  watch<T>(query: Query, parse: (value: unknown) => T): () => T
  /**
   * Makes a write that changes nothing, unless one was made a moment ago, and tells what keeps writes or reads from working now.
   */
  condition(): Promise<Condition>
  /** Runs a text of several statements; for migrations only. */
  script(text: string): Promise<void>
  close(): Promise<void>
}

/** What fails, and since when; nothing where all works. */
export interface Condition {
  writing?: Ailment | undefined
  /** the latest that was met within the last ten minutes: only who asks for a damaged page notices it */
  reading?: Ailment | undefined
}

export interface Ailment {
  trouble: Cause
  since: Date
  /** when it was met for the last time */
  last: Date
}
