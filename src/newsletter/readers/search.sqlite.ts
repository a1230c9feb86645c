import { raw, type Sql, sql } from '../../foundation/database.js'

/** Where a list is read from, what orders it, and what its rows must be; `l` is the list. */
export interface Walk {
  from: Sql
  place: Sql
  condition: Sql
}

/** The list narrowed to readers in whose address or name all of these words begin. */
export function holding(words: string[]): Walk {
  // What matches is met newest first, and the index is read only as far as a page reaches.
  return {
    from: sql`reader_search as f cross join reader_list as l on l.number = f.rowid`,
    place: raw('f.rowid'),
    condition: sql`f.reader_search match ${expression(words)}`,
  }
}

// Beginnings of three letters and more are indexed; a shorter word must be a whole one.
function expression(words: string[]): string {
  return words.map(word => `"${word.replaceAll('"', '')}"${[...word].length > 2 ? '*' : ''}`).join(' ')
}
