import { type Sql, sql } from '../../foundation/database.js'

/** The rows of `desk_list as l` whose article holds all of these words, the last one perhaps unfinished. */
export function holding(words: string[]): Sql {
  // The plus keeps the list's own order leading: what matches is looked up in it, not sorted.
  return sql`+l.number in (select rowid from desk_search where desk_search match ${expression(words)})`
}

/** The same rows in no order, what matches leading: the shorter way for whoever needs all of them. */
export function allHolding(words: string[]): Sql {
  return sql`(select rowid as number from desk_search where desk_search match ${expression(words)}) as w
    cross join desk_list as l on l.number = w.number`
}

function expression(words: string[]): string {
  return words
    .map((word, index) => {
      const unfinished = index === words.length - 1 && [...word].length > 2
      return `"${word.replaceAll('"', '')}"${unfinished ? '*' : ''}`
    })
    .join(' ')
}
