import type { Database } from '../foundation/database.js'
import type { Story } from './schema.js'

/** What the index keeps of an article: words only, no markup. */
interface SearchDocument {
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

/** Full-text search differs between engines; `search.sqlite.ts` is SQLite's. */
export interface SearchIndex {
  /** Puts a document in the place of the article's former one, in the transaction given. */
  put(tx: Database, document: SearchDocument): Promise<void>
  remove(tx: Database, articleId: string): Promise<void>
  /** Stories that match, best first. Every query is answered; one without words finds nothing. */
  find(query: string, page: { limit: number; offset: number }): Promise<Hit[]>
}
