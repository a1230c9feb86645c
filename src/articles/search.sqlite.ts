import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { Story } from './schema.js'
import { MARK, type SearchIndex, UNMARK } from './search.js'

const MOST_TERMS = 12

const Found = Story.extend({ markedTitle: z.string(), snippet: z.string() })
const Document = z.object({ document: z.int() })

const AllFound = z.array(Found)

/** Search by SQLite's FTS5, ranked by bm25 with the title weighing most. */
export function sqliteSearch(db: Database): SearchIndex {
  return {
    async put(tx, { articleId, title, dek, body }) {
      await this.remove(tx, articleId)
      const { document } = Document.parse(
        await tx.get(sql`insert into search_documents (article_id) values (${articleId}) returning document`),
      )
      await tx.run(
        sql`insert into search_index (rowid, title, dek, body) values (${document}, ${title}, ${dek}, ${body})`,
      )
    },

    async remove(tx, articleId) {
      await tx.run(sql`delete from search_documents where article_id = ${articleId}`)
    },

    async find(query, { limit, offset }) {
      const match = matchExpression(query)
      if (!match) return []
      return AllFound.parse(
        await db.all(sql`
          select a.id, a.slug, a.title, a.dek, a.hero, a.hero_alt as heroAlt, s.slug as section, s.name as sectionName,
            a.published, a.updated,
            highlight(search_index, 0, ${MARK}, ${UNMARK}) as markedTitle,
            snippet(search_index, 2, ${MARK}, ${UNMARK}, '…', 40) as snippet
          from search_index
          join search_documents as d on d.document = search_index.rowid
          join articles as a on a.id = d.article_id and a.status = 'published'
          join sections as s on s.id = a.section_id
          where search_index match ${match}
          order by bm25(search_index, 10.0, 4.0, 1.0), a.published desc limit ${limit} offset ${offset}`),
      )
    },
  }
}

/**
 * Writes what a reader typed as an FTS5 expression: quoted phrases, `word*` for a beginning, other words as they
 * are, the last one also as a beginning. Every term is quoted, so operators and stray marks are only words.
 */
function matchExpression(query: string): string {
  const terms = [...query.matchAll(/"([^"]*)"|([^\s"]+)/g)].filter(([term]) => /[\p{L}\p{N}]/u.test(term))
  return terms
    .slice(0, MOST_TERMS)
    .map(([, phrase, word = ''], index, all) => {
      if (phrase !== undefined) return `"${phrase}"`
      const beginning = word.endsWith('*') || (index === all.length - 1 && word.length > 2)
      return `"${word.replace(/\*+$/, '')}"${beginning ? '*' : ''}`
    })
    .join(' ')
}
