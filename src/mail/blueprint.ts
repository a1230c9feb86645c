import { createHash, type Hash } from 'node:crypto'
import { escapeHtml } from '../foundation/escape.js'
import type { Signer } from './dkim.js'
import { type Field, field, fromField, wordsField } from './fields.js'
import { quotedPrintable, quotedValue } from './quoted-printable.js'

/** A mail as it is the same for all its readers. */
export interface Draft {
  fromName: string
  /** the address; its domain is the one that signs */
  from: string
  subject: string
  html: string
  text: string
  /** of all copies, unless each has its own */
  date?: Date
  /** further header fields by name, the same for all; each stays on one line */
  headers: Record<string, string>
  /** what stands for each reader's own values in html and text */
  marks: readonly string[]
}

/** One reader's copy. */
interface Copy {
  to: string
  /** without brackets */
  messageId: string
  date?: Date
  /** header fields of this copy; each stays on one line */
  headers: Record<string, string>
  /** by mark; escaped for HTML where they stand in HTML. A mark without a value stands for nothing. */
  values: Record<string, string>
}

/** A mail that was encoded once and is filled for each reader. */
export interface Blueprint {
  /** @returns RFC 5322 with CRLF, signed when there is a signer */
  fill(copy: Copy): Promise<Buffer>
}

/**
 * Encodes a mail (multipart/alternative, quoted-printable) in pieces around the marks, so that a copy costs joining, hashing and
 * signing only. No line is longer than 76 characters.
 */
export function compileBlueprint(draft: Draft, signer?: Signer): Blueprint {
  const { head, rest } = bodyOf(draft)
  const boundary = boundaryOf(draft)
  const from = fromField(draft.fromName, draft.from)
  const subject = wordsField('Subject', draft.subject)
  const shared = [
    ...dateField(draft.date),
    field('MIME-Version', '1.0'),
    field('Content-Type', `multipart/alternative; boundary="${boundary}"`),
    ...fieldsOf(draft.headers),
  ]
  const started = createHash('sha256').update(head, 'latin1')
  return {
    async fill({ to, messageId, date, headers, values }) {
      const tail = filled(rest, values)
      const own = [field('Message-ID', `<${messageId}>`), ...dateField(date), ...fieldsOf(headers)]
      const fields = [from, field('To', to), subject, ...own, ...shared]
      const signature = signer ? await signer.sign(fields, bodyHash(started, tail)) : ''
      const lines = signature + fields.map(({ line }) => line).join('\r\n')
      return Buffer.concat([Buffer.from(`${lines}\r\n\r\n`), Buffer.from(head + tail, 'latin1')])
    },
  }
}

function fieldsOf(headers: Record<string, string>): Field[] {
  return Object.entries(headers).map(([name, value]) => field(name, value))
}

// What stands before the first value is hashed once for all copies.
function bodyHash(started: Hash, tail: string): Buffer {
  return started.copy().update(tail, 'latin1').digest()
}

/** A piece of a body: encoded text, or a mark of the text or the HTML part. */
type Piece = string | { mark: string; part: 'text' | 'html' }

function bodyOf(draft: Draft): { head: string; rest: Piece[] } {
  const boundary = boundaryOf(draft)
  const opening = (type: string) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`
  const pieces: Piece[] = joined([
    opening('text/plain'),
    ...encoded(draft.text, draft.marks, 'text'),
    `\r\n${opening('text/html')}`,
    ...encoded(draft.html, draft.marks, 'html'),
    `\r\n--${boundary}--\r\n`,
  ])
  const [head, ...rest] = pieces
  return { head: head as string, rest }
}

// “=_” stands in no quoted-printable text (RFC 2045, 6.7), so no boundary is met by chance.
function boundaryOf({ html, text }: Draft): string {
  return `=_${createHash('sha256').update(text).update(html).digest('hex').slice(0, 24)}`
}

// A value stands between soft line breaks: whatever its length, no other line grows.
function encoded(content: string, marks: readonly string[], part: 'text' | 'html'): Piece[] {
  const pieces: Piece[] = []
  for (const piece of split(content, marks)) {
    if (marks.includes(piece)) pieces.push({ mark: piece, part }, '=\r\n')
    else {
      const text = quotedPrintable(piece)
      pieces.push(text.endsWith('\n') || text === '' ? text : `${text}=\r\n`)
    }
  }
  return pieces
}

function split(content: string, marks: readonly string[]): string[] {
  if (marks.length === 0) return [content]
  const pattern = [...marks]
    .sort((one, other) => other.length - one.length)
    .map(mark => mark.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .join('|')
  return content.split(new RegExp(`(${pattern})`)).filter(Boolean)
}

function joined(pieces: Piece[]): Piece[] {
  const result: Piece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') result[result.length - 1] = last + piece
    else result.push(piece)
  }
  return result
}

function filled(pieces: Piece[], values: Record<string, string>): string {
  let text = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece
    else {
      const value = values[piece.mark] ?? ''
      text += quotedValue(piece.part === 'html' ? escapeHtml(value) : value)
    }
  }
  return text
}

// RFC 5322, 3.3
function dateField(date: Date | undefined): Field[] {
  return date ? [field('Date', date.toUTCString().replace('GMT', '+0000'))] : []
}
