import { z } from 'zod'
import { type Database, type Sql, sql } from '../foundation/database.js'
import { fixedQuery } from '../foundation/fixed-query.js'
import type { SearchDocument, SearchIndex } from './search.js'

const Document = z.object({ document: z.int() })

/** The index of SQLite's FTS5; `searching/` asks it. */
export const sqliteSearch: SearchIndex = {
  put: (tx, document) => putAll(tx, [document]),
  putAll,

  async remove(tx, articleId) {
    await tx.run(sql`delete from search_documents where article_id = ${articleId}`)
  },
}

// The index writes to the disk whatever it has gathered as soon as another table's row with triggers comes in between.
async function putAll(tx: Database, documents: SearchDocument[]): Promise<void> {
  const numbers: number[] = []
  for (const { articleId } of documents) {
    const row = await tx.get(addedOnce(articleId))
    numbers.push(row ? Document.parse(row).document : await renumbered(tx, articleId))
  }
  for (const [place, { title, dek, body }] of documents.entries())
    await tx.run(indexed(numbers[place], title, dek, body))
  for (const [place, { title }] of documents.entries()) await tx.run(titled(numbers[place], title))
}

async function renumbered(tx: Database, articleId: string): Promise<number> {
  await tx.run(sql`delete from search_documents where article_id = ${articleId}`)
  return Document.parse(await tx.get(added(articleId))).document
}

const added = fixedQuery(
  (articleId: string) => sql`
    insert into search_documents (document, article_id) ${numbered(articleId)} returning document`,
)
const addedOnce = fixedQuery(
  (articleId: string) => sql`
    insert into search_documents (document, article_id) ${numbered(articleId)} where true
    on conflict (article_id) do nothing returning document`,
)
const indexed = fixedQuery(
  (document: number | undefined, title: string, dek: string, body: string) => sql`
    insert into search_index (rowid, title, dek, body) values (${document}, ${title}, ${dek}, ${body})`,
)
const titled = fixedQuery(
  (document: number | undefined, title: string) => sql`
    insert into search_titles (rowid, title) values (${document}, ${title})`,
)

/**
 * A number for a published article that keeps documents in the order of publication: its second since the year 0, else one
 * that is free later on the same day, else, where a day holds more than it has seconds, the next of all.
 */
function numbered(articleId: string): Sql {
  return sql`
    select case
      when not exists (select 1 from search_documents where document = instant) then instant
      when next < instant + 86400 then next
      else (select max(document) + 1 from search_documents) end as document, id
    from (
      select id, instant,
        (select max(document) + 1 from search_documents where document between instant and instant + 86399) as next
      from (select id, unixepoch(published) + 62167219200 as instant from articles where id = ${articleId})
    )`
}
