import { folded, type Term } from './terms.js'

/** An article in words, as the index keeps it. */
export interface Text {
  title: string
  dek: string
  body: string
}

const WEIGHTS = { title: 10, dek: 4, body: 1 }
// Okapi BM25's usual constants; a usual article's length in characters.
const SATURATION = 2
const LENGTH_COUNTS = 0.75
const USUAL_LENGTH = 4_000

/**
 * How well a text answers, from 0 to the number of terms: BM25F without the rarity of words, which the index knows only after it
 * has counted all articles. Each term counts most in the title, and ever less the oftener it stands there.
 */
export function relevance(terms: Term[]): (text: Text) => number {
  const patterns = terms.map(patternOf)
  return text => {
    const title = folded(text.title)
    const dek = folded(text.dek)
    const body = folded(text.body)
    const long = 1 - LENGTH_COUNTS + (LENGTH_COUNTS * body.length) / USUAL_LENGTH
    let score = 0
    for (const pattern of patterns) {
      const weight =
        WEIGHTS.title * count(title, pattern) +
        WEIGHTS.dek * count(dek, pattern) +
        (WEIGHTS.body * count(body, pattern)) / Math.max(long, LENGTH_COUNTS)
      score += weight / (weight + SATURATION)
    }
    return score
  }
}

function patternOf({ words, beginning }: Term): RegExp {
  const end = beginning ? '' : '(?![\\p{L}\\p{N}])'
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join('[^\\p{L}\\p{N}]+')}${end}`, 'gu')
}

const MOST_COUNTED = 50

function count(text: string, pattern: RegExp): number {
  let times = 0
  for (const _ of text.matchAll(pattern)) if (++times === MOST_COUNTED) break
  return times
}
