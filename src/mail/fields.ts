import { encodeWord, encodeWords, foldLines, quoteString } from 'nodemailer/lib/mime-funcs'

/** A header field as it goes over the wire, and as a signature sees it. */
export interface Field {
  name: string
  /** without the line end after it */
  line: string
  /** RFC 6376, 3.4.2 (relaxed), without the line end after it */
  canonical: string
}

// RFC 5322, 2.1.1
const LINE = 76
const ENCODED_WORD = 52

/**
 * A field that stays on one line: folded, List-Unsubscribe breaks its signature at relays that unfold it.
 * @param value line breaks in it become spaces, so that no value adds a field of its own
 */
export function field(name: string, value: string): Field {
  const clean = value.replace(/[\r\n]+/g, ' ').trim()
  return { name, line: `${name}: ${clean}`, canonical: canonical(name, clean) }
}

/** A field for people, in any script (RFC 2047), folded. */
export function wordsField(name: string, value: string): Field {
  const encoded = encodeWords(oneLine(value), 'Q', ENCODED_WORD, true)
  return folded(name, encoded)
}

/** Who a mail is from: a name in any script, and an address. */
export function fromField(name: string, address: string): Field {
  return folded('From', `${encodedName(oneLine(name))} <${address}>`.trim())
}

function folded(name: string, value: string): Field {
  return { name, line: foldLines(`${name}: ${value}`, LINE), canonical: canonical(name, value) }
}

function encodedName(name: string): string {
  if (/^[\w ]*$/.test(name)) return name
  return /^[\x20-\x7e]*$/.test(name) ? quoteString(name) : encodeWord(name, 'Q', ENCODED_WORD)
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}

function canonical(name: string, value: string): string {
  return `${name.toLowerCase()}:${value.replace(/\s+/g, ' ').trim()}`
}
