const MOST_TERMS = 12

/** One thing that a reader asks for: words that stand together, or one word, perhaps only its beginning. */
export interface Term {
  /** folded: lower case, no diacritics */
  words: string[]
  phrase: string
  beginning: boolean
}

/** What a reader typed: quoted phrases, `word*` for a beginning, other words as they are. */
export function termsIn(query: string): Term[] {
  return [...query.matchAll(/"([^"]*)"|([^\s"]+)/g)]
    .filter(([term]) => /[\p{L}\p{N}]/u.test(term))
    .slice(0, MOST_TERMS)
    .map(([, quoted, word = '']) => {
      const phrase = quoted ?? word.replace(/\*+$/, '')
      const words = folded(phrase).match(/[\p{L}\p{N}]+/gu) ?? []
      return { words, phrase, beginning: quoted === undefined && word.endsWith('*') }
    })
}

/** The same with the last word taken for the beginning of one, as while somebody types. */
export function unfinished(terms: Term[]): Term[] {
  return terms.map((term, place) =>
    place === terms.length - 1 && term.words.length === 1 && [...term.phrase].length > 2
      ? { ...term, beginning: true }
      : term,
  )
}

/** An FTS5 expression. Every term is quoted, so operators and stray marks are only words. */
export function matchExpression(terms: Term[]): string {
  return terms.map(({ phrase, beginning }) => `"${phrase}"${beginning ? '*' : ''}`).join(' ')
}

/** Whether the index would gather everything that begins so before it tells the first: it knows beginnings of two and three letters. */
export function isGathered(terms: Term[]): boolean {
  return terms.some(({ beginning, words }) => beginning && [...(words.at(-1) ?? '')].length > 3)
}

/** Text as the index folds it, near enough for counting. */
export function folded(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with control characters
  const plain = /^[\x00-\x7f]*$/.test(text) ? text : text.normalize('NFD').replace(/\p{M}/gu, '')
  return plain.toLowerCase()
}
