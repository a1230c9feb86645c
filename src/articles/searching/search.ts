import type { Database } from '../../foundation/database.js'
import type { Answer, Question } from '../search.js'
import { type IndexedText, indexedDocuments, type Span } from './documents.sqlite.js'
import { relevance } from './relevance.js'
import { isGathered, matchExpression, type Term, termsIn, unfinished } from './terms.js'

/** So many matches are weighed; of more, the newest, and the newest of those that match by title. */
const MOST_WEIGHED = 240
const MOST_TITLED = 120
// How finely the past is cut at first: each step back is twice as long as the one before.
const FIRST_STEP = 64
/** After so many milliseconds nothing older is looked at. */
const PATIENCE = 150

/**
 * Answers a question from the index. What it costs does not grow with the archive: FTS5 tells matches from the newest on, and no more
 * of them are weighed than a reader would look through.
 */
export async function search(
  db: Pick<Database, 'all' | 'get'>,
  { query, limit, offset }: Question,
): Promise<Answer> {
  const index = indexedDocuments(db)
  const nothing = { hits: [], matches: 0, bounded: false }
  const terms = termsIn(query)
  const span = await index.span()
  if (terms.length === 0 || !span) return nothing
  const asTyped = await gather(terms, span)
  // Only where few hold the word itself, what begins like it is looked for too.
  const { texts, bounded, asked } = asTyped.bounded ? asTyped : await gather(unfinished(terms), span)
  const match = matchExpression(asked)
  const titled = bounded ? await older(texts, await index.titled(match, span, MOST_TITLED)) : []
  const weigh = relevance(asked)
  const ranked = [...texts, ...titled]
    .map(text => ({ document: text.document, weight: weigh(text) }))
    .sort((a, b) => b.weight - a.weight || b.document - a.document)
  const page = ranked.slice(offset, offset + limit).map(({ document }) => document)
  return { hits: await index.shown(match, page), matches: ranked.length, bounded }

  /** The newest matches, looked for from the end of the archive backwards. */
  async function gather(asked: Term[], { first, last }: Span) {
    const match = matchExpression(asked)
    const texts: IndexedText[] = []
    const deadline = performance.now() + PATIENCE
    let step = isGathered(asked) ? last - first + 1 : Math.ceil((last - first + 1) / FIRST_STEP)
    for (let end = last; end >= first; step *= 2) {
      const begin = Math.max(first, end - step + 1)
      texts.push(...(await index.newest(match, { first: begin, last: end }, MOST_WEIGHED + 1 - texts.length)))
      if (texts.length > MOST_WEIGHED) return { asked, texts: texts.slice(0, MOST_WEIGHED), bounded: true }
      end = begin - 1
      if (end >= first && performance.now() > deadline) return { asked, texts, bounded: true }
    }
    return { asked, texts, bounded: false }
  }

  async function older(texts: IndexedText[], titled: number[]): Promise<IndexedText[]> {
    const known = new Set(texts.map(({ document }) => document))
    return index.texts(titled.filter(document => !known.has(document)))
  }
}
