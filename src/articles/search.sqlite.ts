import { z } from 'zod'
import { type Database, type Sql, sql } from '../foundation/database.js'
import { fixedQuery } from '../foundation/fixed-query.js'
import type { SearchDocument, SearchIndex } from './search.js'

const Document = z.object({ document: z.int() })

/** The second of publication since the year 0. */
const INSTANT = sql`unixepoch(published) + 62167219200`

/** The index of SQLite's FTS5; `searching/` asks it. */
export const sqliteSearch: SearchIndex = {
  put: (tx, document) => putAll(tx, [document]),
  putAll,

  async remove(tx, articleId) {
    await tx.run(sql`delete from search_documents where article_id = ${articleId}`)
  },
}

// The index writes to the disk whatever it has gathered as soon as another table's row with triggers comes in between, or a document
// with a lower number than the last one.
async function putAll(tx: Database, documents: SearchDocument[]): Promise<void> {
  const numbered: (SearchDocument & { number: number })[] = []
  for (const document of documents) {
    const row = await tx.get(addedAtItsSecond(document.articleId))
    const number = row ? Document.parse(row).document : await renumbered(tx, document.articleId)
    numbered.push({ ...document, number })
  }
  numbered.sort((a, b) => a.number - b.number)
  for (const { number, title, dek, body } of numbered) await tx.run(indexed(number, title, dek, body))
  for (const { number, title } of numbered) await tx.run(titled(number, title))
}

async function renumbered(tx: Database, articleId: string): Promise<number> {
  await tx.run(sql`delete from search_documents where article_id = ${articleId}`)
  return Document.parse(await tx.get(added(articleId))).document
}

const added = fixedQuery(
  (articleId: string) => sql`
    insert into search_documents (document, article_id) ${numberFor(articleId)} returning document`,
)
// What nearly all are: new, and the only one of their second.
const addedAtItsSecond = fixedQuery(
  (articleId: string) => sql`
    insert into search_documents (document, article_id)
    select ${INSTANT}, id from articles where id = ${articleId}
    on conflict do nothing returning document`,
)
const indexed = fixedQuery(
  (document: number, title: string, dek: string, body: string) => sql`
    insert into search_index (rowid, title, dek, body) values (${document}, ${title}, ${dek}, ${body})`,
)
const titled = fixedQuery(
  (document: number, title: string) => sql`
    insert into search_titles (rowid, title) values (${document}, ${title})`,
)

/**
 * A number for a published article that keeps documents in the order of publication: its second since the year 0, else one
 * that is free later on the same day, else, where a day holds more than it has seconds, the next of all.
 */
function numberFor(articleId: string): Sql {
  return sql`
    select case
      when not exists (select 1 from search_documents where document = instant) then instant
      when next < instant + 86400 then next
      else (select max(document) + 1 from search_documents) end as document, id
    from (
      select id, instant,
        (select max(document) + 1 from search_documents where document between instant and instant + 86399) as next
      from (select id, ${INSTANT} as instant from articles where id = ${articleId})
    )`
}
