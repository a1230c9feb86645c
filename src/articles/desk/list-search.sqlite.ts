import { type Sql, sql } from '../../foundation/database.js'

/** The rows of `desk_list as l` whose article holds all of these words, the last one perhaps unfinished. */
export function holding(words: string[]): Sql {
  const terms = words.map((word, index) => {
    const unfinished = index === words.length - 1 && [...word].length > 2
    return `"${word.replaceAll('"', '')}"${unfinished ? '*' : ''}`
  })
  // The plus keeps the list's own order leading: what matches is looked up in it, not sorted.
  return sql`+l.number in (select rowid from desk_search where desk_search match ${terms.join(' ')})`
}
