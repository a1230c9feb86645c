import { z } from 'zod'
import { type Database, join, raw, sql } from '../../foundation/database.js'
import { Story } from '../schema.js'
import { MARK, UNMARK } from '../search.js'

const Texts = z.array(z.object({ document: z.int(), title: z.string(), dek: z.string(), body: z.string() }))
export type IndexedText = z.infer<typeof Texts>[number]

const Numbers = z.array(z.object({ document: z.int() }))
const Range = z.object({ first: z.int().nullable(), last: z.int().nullable() })
const Found = z.object({
  ...Story.shape,
  document: z.int(),
  markedTitle: z.string(),
  snippet: z.string(),
})
const AllFound = z.array(Found)

/** Where documents may lie, both ends included. */
export interface Span {
  first: number
  last: number
}

/** What the search asks of the index. Documents are numbered in the order of publication, so the highest are the newest. */
export function indexedDocuments(db: Pick<Database, 'all' | 'get'>) {
  return {
    /** undefined while there is none */
    async span(): Promise<Span | undefined> {
      const { first, last } = Range.parse(
        await db.get(sql`
          select (select min(document) from search_documents) as first,
            (select max(document) from search_documents) as last`),
      )
      return first === null || last === null ? undefined : { first, last }
    },

    /** The newest documents of a span that match. */
    async newest(match: string, { first, last }: Span, limit: number): Promise<IndexedText[]> {
      return Texts.parse(
        await db.all(sql`
          select rowid as document, title, dek, body from search_index
          where search_index match ${match} and rowid between ${first} and ${last}
          order by rowid desc limit ${limit}`),
      )
    },

    /** The newest documents of a span whose titles match. */
    async titled(match: string, { first, last }: Span, limit: number): Promise<number[]> {
      const rows = await db.all(sql`
        select rowid as document from search_titles
        where search_titles match ${match} and rowid between ${first} and ${last}
        order by rowid desc limit ${limit}`)
      return Numbers.parse(rows).map(({ document }) => document)
    },

    async texts(documents: number[]): Promise<IndexedText[]> {
      if (documents.length === 0) return []
      return Texts.parse(
        await db.all(sql`
          select rowid as document, title, dek, body from search_index where rowid in (${join(documents)})`),
      )
    },

    /** These documents as results show them, in the order given. */
    async shown(match: string, documents: number[]): Promise<z.infer<typeof Found>[]> {
      const shown: z.infer<typeof Found>[] = []
      for (const document of documents)
        shown.push(
          ...AllFound.parse(
            await db.all(sql`
              select ${storyColumns}, search_index.rowid as document,
                highlight(search_index, 0, ${MARK}, ${UNMARK}) as markedTitle,
                snippet(search_index, 2, ${MARK}, ${UNMARK}, '…', 40) as snippet
              from search_index join search_documents as d on d.document = search_index.rowid
              join articles as a on a.id = d.article_id and a.status = 'published'
              join sections as s on s.id = a.section_id
              where search_index match ${match} and search_index.rowid = ${document} limit 1`),
          ),
        )
      return shown
    },
  }
}

const storyColumns = raw(`a.id, a.slug, a.title, a.dek, a.hero, a.hero_alt as heroAlt, s.slug as section,
  s.name as sectionName, a.published, a.updated`)
