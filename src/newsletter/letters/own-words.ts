import { marks } from './marks.js'

/**
 * Puts the marks in where this letter has its own words for them. What an author wrote loses them first: otherwise a link could be
 * made to carry each reader's address or token to somebody else.
 * @param own the word that the letter's own begin with
 */
export function finished(text: string, own: string): string {
  const clean = Object.values(marks).reduce((left, mark) => left.replaceAll(mark, '…'), text)
  return Object.entries(marks).reduce((left, [name, mark]) => left.replaceAll(`${own}${name}`, mark), clean)
}

/** Header fields and titles have one line. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}
