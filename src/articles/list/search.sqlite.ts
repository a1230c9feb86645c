import { type Database, type Sql, sql } from '../../foundation/database.js'

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

// With SQLite's own 2 MB each article reads most of the pages anew that its index entries belong on.
const LOADING_CACHE = 64 * 1_024
const MANY = 500

/**
 * Lets the words of articles that `work` adds wait, and puts them into the desk's search all together: many times as fast.
 * @param count how many articles there may be; for many the connection keeps more of the database in memory from now on
 */
export async function addedTogether(tx: Database, count: number, work: () => Promise<void>): Promise<void> {
  if (count >= MANY) await tx.script(`pragma cache_size = -${LOADING_CACHE}`)
  await tx.run(sql`
    insert into desk_words_waiting (only, after) select 1, coalesce(max(number), 0) from desk_list`)
  await work()
  await tx.run(sql`
    insert into desk_search (rowid, words)
    select number, a.title || ' ' || a.dek || ' ' || a.body
    from desk_list as l join articles as a on a.id = l.article_id
    where number > (select after from desk_words_waiting)
      and not exists (select 1 from desk_search where rowid = l.number)`)
  await tx.run(sql`delete from desk_words_waiting`)
}

function expression(words: string[]): string {
  return words
    .map((word, index) => {
      const unfinished = index === words.length - 1 && [...word].length > 2
      return `"${word.replaceAll('"', '')}"${unfinished ? '*' : ''}`
    })
    .join(' ')
}
