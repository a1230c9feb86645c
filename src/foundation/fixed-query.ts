import type { Query, Sql } from './database.js'

/**
 * A query whose text is the same whatever is asked: it is put together once, by marks in the place of the values. For what pages
 * ask again and again: putting a text together and looking it up takes as long as SQLite needs to answer.
 * @param make writes the query; looks at none of the values
 */
export function fixedQuery<Values extends unknown[]>(
  make: (...values: Values) => Sql,
): (...values: Values) => Query {
  let text: string | undefined
  let places: number[] = []
  return (...values) => {
    if (text === undefined) {
      const marks = values.map(() => ({}))
      const written = make(...(marks as unknown as Values))
      text = written.sql
      places = written.values.map(value => marks.indexOf(value as object))
      if (places.includes(-1)) throw new Error('A fixed query has no values but those that it is asked with.')
    }
    return { sql: text, values: places.map(place => values[place]) }
  }
}

/** The same for lists, each length of which has a text of its own. */
export function fixedLists(make: (values: unknown[]) => Sql): (values: unknown[]) => Query {
  const queries = new Map<number, (...values: unknown[]) => Query>()
  return values => {
    const query = queries.get(values.length) ?? fixedQuery((...marks: unknown[]) => make(marks))
    if (values.length <= LONGEST_KEPT) queries.set(values.length, query)
    return query(...values)
  }
}

// As many as a page lists; longer ones are for feeds and exports.
const LONGEST_KEPT = 50
