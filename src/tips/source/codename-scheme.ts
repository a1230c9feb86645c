import { onFirstUse } from '../../foundation/first-use.js'
import { wordlist } from './wordlist.js'

/**
 * What the server and the source's own script agree on about codenames. Nothing here may change: who has written seven words
 * down comes back with them in a year as well.
 */

/** The EFF's long list: 7,776 words, so that seven of them hold 90.4 bits. Taken apart when it is first needed. */
export const words = onFirstUse((): readonly string[] => wordlist.trim().split(/\s+/))

const LENGTH = 7

/** scrypt (RFC 7914): 128 MiB, and about half a second of a processor's time. */
export const SCRYPT = { N: 2 ** 17, r: 8, p: 1 }

/** HKDF (RFC 5869): the info by which what scrypt yields becomes one secret or the other. */
export const PURPOSES = { lookup: 'handpress tip lookup', identity: 'handpress tip identity' }

/** Seven words by which a source comes back, separated by one space. */
export function newCodename(): string {
  const list = words()
  return Array.from({ length: LENGTH }, () => list[below(list.length)]).join(' ')
}

// What is at or above the last whole multiple is drawn again, or the first words would come more often.
function below(limit: number): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1))
  return drawn < 2 ** 32 - (2 ** 32 % limit) ? drawn % limit : below(limit)
}

/**
 * A codename as typed, reduced to what counts: case, spaces and hyphens are forgiven. No word of the list begins
 * with another, so the letters alone still tell the words apart.
 */
export function canonicalCodename(typed: string): string {
  return typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '')
}

/** Whether what was typed can be seven words of the list at all: they have three to nine letters each. */
export function couldBeCodename(typed: string): boolean {
  const { length } = canonicalCodename(typed)
  return length >= 3 * LENGTH && length <= 9 * LENGTH
}

const known = onFirstUse(() => new Set(words().map(canonicalCodename)))
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']

/** What is said where no word was typed. */
export const untoldCodename = 'Type your codename: the seven words that you wrote down.'

/** What is said of words that lead to no tip, with what the public word list alone tells of a slip; it knows of no codename. */
export function unknownCodename(typed: string): string {
  if (canonicalCodename(typed) === '') return untoldCodename
  const said = 'No tip belongs to these words. Check each of the seven against what you wrote down.'
  return [said, slipIn(typed)].filter(Boolean).join(' ')
}

/** How many words there are, or which are none of the list; nothing where all are. */
function slipIn(typed: string): string | undefined {
  const parts = typed.split(/\s+/).map(canonicalCodename).filter(Boolean)
  if (parts.length <= 1) return undefined
  if (parts.length !== LENGTH) return `A codename has seven words, and here are ${parts.length}.`
  const right = known()
  const wrong = ordinals.filter((_, place) => !right.has(parts[place] ?? ''))
  const none = 'on the list that codenames are made of.'
  if (wrong.length === 0) return undefined
  return wrong.length === 1
    ? `The ${wrong[0]} word is not ${none}`
    : `The ${listed(wrong)} words are not ${none}`
}

/** How what was typed differs from a codename, for who has both before their eyes; nothing where it does not. */
export function differenceFrom(codename: string, typed: string): string | undefined {
  if (canonicalCodename(typed) === canonicalCodename(codename)) return undefined
  const parts = typed.split(/\s+/).map(canonicalCodename).filter(Boolean)
  const right = codename.split(' ').map(canonicalCodename)
  if (parts.length !== LENGTH) return 'This differs from the seven words above. Compare them one by one.'
  const wrong = ordinals.filter((_, place) => parts[place] !== right[place])
  return wrong.length === 1
    ? `The ${wrong[0]} word differs from the one above. Mend it on your paper.`
    : `The ${listed(wrong)} words differ from those above. Mend them on your paper.`
}

function listed(places: string[]): string {
  return `${places.slice(0, -1).join(', ')} and ${places.at(-1)}`
}
