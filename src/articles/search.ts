import type { Database } from '../foundation/database.js'
import type { Story } from './schema.js'

/** What the index keeps of an article: words only, no markup. */
export interface SearchDocument {
  articleId: string
  title: string
  dek: string
  body: string
}

/** A found story; the parts of `title` and `snippet` that matched stand between `MARK` and `UNMARK`. */
export interface Hit extends Story {
  markedTitle: string
  snippet: string
}

export const MARK = '\u0001'
export const UNMARK = '\u0002'

/** What a reader asks, and which of the ranked results are wanted. */
export interface Question {
  query: string
  limit: number
  offset: number
}

export interface Answer {
  /** best first; a query without words has none */
  hits: Hit[]
  /** how many were weighed */
  matches: number
  /** more match than were weighed: the newest were */
  bounded: boolean
}

/** Full-text search differs between engines; `search.sqlite.ts` is SQLite's. */
export interface SearchIndex {
  /** Puts a document in the place of the article's former one, in the transaction given. */
  put(tx: Database, document: SearchDocument): Promise<void>
  /** The same for many articles, many times as fast. */
  putAll(tx: Database, documents: SearchDocument[]): Promise<void>
  remove(tx: Database, articleId: string): Promise<void>
}
