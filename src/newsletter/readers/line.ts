import { parseAddress } from '../address.js'
import { Frequency } from '../schema.js'
import { SuppressionReason } from '../suppressions/schema.js'
import type { Columns, Field } from './columns.js'
import { unguarded } from './formula.js'
import type { ReaderLine, Status } from './schema.js'

export interface LineReading {
  columns: Columns
  /** slug → id */
  sections: Map<string, string>
  /** times after this one are mistakes, ISO 8601 */
  now: string
}

/** Why a line cannot be taken; the message says what to mend. */
export class BadLine extends Error {}

const LONGEST_NAME = 100
const LONGEST_TEXT = 500

const active = new Set(['active', 'subscribed', 'enabled', 'confirmed', 'true', 'yes', '1'])
const waiting = new Set(['pending', 'unconfirmed', 'inactive', 'non-subscribed'])
const gone = new Set([
  'unsubscribed',
  'left',
  'disabled',
  'cancelled',
  'canceled',
  'optout',
  'false',
  'no',
  '0',
])
// What other programs call an address that bounced or complained.
const forbidden = new Map<string, SuppressionReason>([
  ['cleaned', 'hard-bounce'],
  ['bounced', 'hard-bounce'],
  ['complained', 'complaint'],
  ['spam', 'complaint'],
  ['blocklisted', 'import'],
  ['blacklisted', 'import'],
])
const yes = new Set(['true', 'yes', '1'])
const no = new Set(['', 'false', 'no', '0'])
// Who was erased is in no file.
const Reason = SuppressionReason.exclude(['erased'])

/**
 * Reads a line of a file of readers.
 * @throws BadLine when its address, or something that matters for what mail the reader gets, cannot be read
 */
export function readLine(cells: string[], { columns, sections, now }: LineReading): ReaderLine {
  const cell = (field: Field) => {
    const column = columns[field]
    return column === undefined ? '' : unguarded(cells[column] ?? '').trim()
  }
  const time = (field: Field) => timeOf(cell(field), now)
  const { address: email, key } = addressOf(cell('email'))
  const unsubscribed = time('unsubscribed_at')
  return {
    email,
    key,
    name: nameOf(`${cell('name')} ${cell('surname')}`),
    status: statusOf(cell('status').toLowerCase(), unsubscribed),
    frequency: frequencyOf(cell('frequency').toLowerCase()),
    sections: sectionsOf(cell('sections'), sections),
    created: time('joined_at'),
    consented: time('consented_at'),
    confirmed: time('confirmed_at'),
    unsubscribed,
    source: oneLine(cell('source'), LONGEST_TEXT),
    suppressed: suppressionOf({
      reason: cell('suppressed').toLowerCase(),
      status: cell('status').toLowerCase(),
      at: time('suppressed_at'),
      detail:
        columns.suppressed_detail === undefined
          ? undefined
          : oneLine(cell('suppressed_detail'), LONGEST_TEXT),
    }),
  }
}

function addressOf(text: string): { address: string; key: string } {
  const address = parseAddress(text)
  if (address) return address
  throw new BadLine(text ? `${quoted(text)} is no email address.` : 'There is no address in this line.')
}

function nameOf(text: string): string {
  return oneLine(text, LONGEST_NAME)
}

// Mail programs and pages show these in one line, so breaks and other controls are spaces.
function oneLine(text: string, longest: number): string {
  if (text.length <= longest && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) return text
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  // Counted as forms count, so that a reader can save their own page again; no character is halved.
  return line
    .slice(0, longest)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
}

function statusOf(text: string, unsubscribed: string | undefined): Status | undefined {
  if (text === '') return unsubscribed ? 'unsubscribed' : undefined
  if (active.has(text)) return 'active'
  if (waiting.has(text)) return 'pending'
  if (gone.has(text) || forbidden.has(text)) return 'unsubscribed'
  throw new BadLine(`${quoted(text)} is no status. It is active, pending or unsubscribed.`)
}

function frequencyOf(text: string): Frequency {
  if (text === '') return 'weekly'
  const { data } = Frequency.safeParse(text)
  if (data) return data
  throw new BadLine(`${quoted(text)} is no frequency. It is every, daily or weekly.`)
}

function sectionsOf(text: string, known: Map<string, string>): string[] {
  if (text === '') return []
  return text
    .split(/[\s,;|]+/)
    .filter(Boolean)
    .map(slug => {
      const id = known.get(slug)
      if (id) return id
      throw new BadLine(`There is no section ${quoted(slug)}. Make it first, or leave the column out.`)
    })
}

const DAY = 86_400_000

// What says no zone counts as UTC, which is how the exports of others are written.
function timeOf(text: string, now: string): string | undefined {
  if (text === '') return undefined
  const [, day, clock = '00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))? ?(Z|UTC|[+-]\d\d:?\d\d)?(?: UTC)?$/i.exec(
      text,
    ) ?? []
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(.\d\d):?/, '$1:') : 'Z'
  const instant = Date.parse(`${day}T${clock.slice(0, 12)}${offset}`)
  if (Number.isNaN(instant))
    throw new BadLine(`${quoted(text)} is no time. Write 2020-12-24 or 2020-12-24T09:00:00Z.`)
  if (instant > Date.parse(now) + DAY) throw new BadLine(`${quoted(text)} has not come yet.`)
  return new Date(instant).toISOString()
}

function suppressionOf({
  reason,
  status,
  at,
  detail,
}: {
  reason: string
  status: string
  at: string | undefined
  detail: string | undefined
}): ReaderLine['suppressed'] {
  const said = no.has(reason) ? forbidden.get(status) : reasonOf(reason)
  if (said) return { reason: said, at, detail }
  return at ? { reason: 'import', at, detail } : undefined
}

function reasonOf(text: string): SuppressionReason {
  const reason = yes.has(text) ? 'import' : (Reason.safeParse(text).data ?? forbidden.get(text))
  if (reason) return reason
  throw new BadLine(`${quoted(text)} is no reason against mail. It is one of ${Reason.options.join(', ')}.`)
}

function quoted(text: string): string {
  const line = text.toWellFormed().replace(/\p{C}/gu, ' ')
  return `“${line.length > 80 ? `${line.slice(0, 80)}…` : line}”`
}
