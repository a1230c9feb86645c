import { type Database, sql } from '../../foundation/database.js'

// With SQLite's own 16 MB each article reads most of the pages anew that its index entries belong on.
const LOADING_CACHE = 64 * 1_024
const MANY = 500

/** What the desk's list says of articles that were just added, for whoever adds many in one transaction. */
export function waitingForList(tx: Database) {
  return {
    /**
     * From now on new articles are not on the list.
     * @param count how many there may be; for many the connection keeps more of the database in memory from now on
     */
    async begin(count: number): Promise<void> {
      if (count >= MANY) await tx.script(`pragma cache_size = -${LOADING_CACHE}`)
      await tx.run(sql`
        insert into desk_list_waiting (only, after) select 1, coalesce(max(rowid), 0) from articles`)
    },

    /**
     * Puts them there, each table and each index after the other, which is several times as fast as what the triggers do, and writes
     * the words of all of them as one piece.
     */
    async end(): Promise<void> {
      await tx.run(sql`
        insert into desk_list (article_id, account_id, state, section_id, changed, published, title)
        select id, account_id,
          case when trashed is not null then 'trash' when status = 'draft' and submitted is not null then 'waiting' else status end,
          section_id, changed, coalesce(published, ''), substr(lower(title), 1, 80)
        from articles where rowid > (select after from desk_list_waiting) order by rowid`)
      await tx.run(sql`
        insert into desk_list_terms (term_id, number)
        select t.tag_id, l.number from articles as a cross join desk_list as l on l.article_id = a.id
          cross join article_tags as t on t.article_id = a.id where a.rowid > (select after from desk_list_waiting)
        union all
        select t.author_id, l.number from articles as a cross join desk_list as l on l.article_id = a.id
          cross join article_authors as t on t.article_id = a.id where a.rowid > (select after from desk_list_waiting)
        order by 1, 2`)
      // The sign before the status keeps SQLite from looking through the dates of all articles there are.
      await tx.run(sql`
        insert into published_months (month, articles)
        select substr(published, 1, 7), count(*) from articles
        where rowid > (select after from desk_list_waiting) and +status = 'published' group by 1
        on conflict (month) do update set articles = articles + excluded.articles`)
      await tx.run(sql`
        insert into desk_search (rowid, words)
        select l.number, a.title || ' ' || a.dek || ' ' || a.body
        from articles as a cross join desk_list as l on l.article_id = a.id
        where a.rowid > (select after from desk_list_waiting) order by a.rowid`)
      await tx.run(sql`delete from desk_list_waiting`)
    },
  }
}
