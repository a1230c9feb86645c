import { type Sql, sql } from '../../foundation/database.js'

/** Where a list begins that is narrowed to readers in whose address or name all of these words begin; `l` is the list. */
export function listHolding(words: string[]): Sql {
  // What matches is met newest first already: the index is walked backwards, and only as far as a page reaches.
  return sql`(select rowid as number from reader_search where reader_search match ${expression(words)} order by rowid desc) as f
    cross join reader_list as l on l.number = f.number`
}

// Beginnings of three letters and more are indexed; a shorter word must be a whole one.
function expression(words: string[]): string {
  return words.map(word => `"${word.replaceAll('"', '')}"${[...word].length > 2 ? '*' : ''}`).join(' ')
}
