import { parseAddress } from '../address.js'
import { unguarded } from '../readers/formula.js'
import type { ReaderTokens } from '../tokens.js'
import { type Suppression, SuppressionReason } from './schema.js'

/** Which column holds what. */
export interface SuppressionColumns {
  email: number
  reason: number
  at: number
  detail: number
  hash: number
  key: number
}

const names: Record<keyof SuppressionColumns, string[]> = {
  email: ['email', 'e-mail', 'email address', 'address', 'recipient'],
  reason: ['reason', 'type'],
  at: ['at', 'created', 'created_at', 'date', 'timestamp'],
  detail: ['detail', 'note', 'error', 'description'],
  hash: ['hash'],
  key: ['key'],
}

/** The columns that a first line names; a file whose first line holds an address has none, and addresses in its first column. */
export function columnsOf(header: string[]): { columns: SuppressionColumns; named: boolean } {
  const cells = header.map(cell => cell.trim().toLowerCase())
  const at = (name: keyof SuppressionColumns) => cells.findIndex(cell => names[name].includes(cell))
  const columns = {
    email: at('email'),
    reason: at('reason'),
    at: at('at'),
    detail: at('detail'),
    hash: at('hash'),
    key: at('key'),
  }
  if (columns.email >= 0 || columns.hash >= 0) return { columns, named: true }
  return { columns: { email: 0, reason: -1, at: -1, detail: -1, hash: -1, key: -1 }, named: false }
}

/** A line of a file: what it puts on the list, or what is wrong with it. */
export function readLine(
  cells: string[],
  columns: SuppressionColumns,
  { tokens, now, detail: ofFile }: { tokens: ReaderTokens; now: Date; detail: string },
): Suppression | { problem: string } {
  const cell = (column: number) => unguarded((cells[column] ?? '').trim()).slice(0, 500)
  const said = cell(columns.reason)
  const known = SuppressionReason.safeParse(said.toLowerCase())
  const reason = known.success ? known.data : 'import'
  const own = [known.success ? '' : said, cell(columns.detail)].filter(Boolean).join(': ')
  const rest = { reason, detail: own || (known.success ? '' : ofFile), at: instant(cell(columns.at), now) }
  const typed = cell(columns.email)
  if (typed) {
    const address = parseAddress(typed)
    if (!address) return { problem: `“${typed.slice(0, 80)}” is no email address.` }
    const email = reason === 'erased' ? null : address.address
    return { hash: tokens.fold(address.key), email, ...rest, detail: reason === 'erased' ? '' : rest.detail }
  }
  const hash = cell(columns.hash).toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hash)) return { problem: 'There is no address in this line.' }
  return { hash: tokens.foldOn(hash, cell(columns.key)), email: null, ...rest, detail: '' }
}

// Seconds since 1970, as some relays export them, or a date; what is neither, or in the future, is now.
function instant(text: string, now: Date): string {
  const time = /^\d{9,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text)
  return new Date(time > 0 && time <= now.getTime() ? time : now).toISOString()
}
