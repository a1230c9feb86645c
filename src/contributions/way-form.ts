import { z } from 'zod'
import { WayToGive } from './schema.js'

type Texts = Record<string, string>

interface Field {
  name: string
  label: string
  type?: 'text' | 'url' | 'textarea' | 'select'
  help?: string
  required?: boolean
  maxlength?: number
  rows?: number
  choices?: { value: string; label: string }[]
}

export const WayKind = z.enum(['link', 'bank', 'crypto', 'cheque'])
export type WayKind = z.infer<typeof WayKind>

export const kinds: Record<WayKind, { title: string; says: string; fields: Field[] }> = {
  link: {
    title: 'Payment page',
    says: 'A page at a payment company or a membership site.',
    fields: [
      {
        name: 'url',
        label: 'Address of the page',
        required: true,
        maxlength: 1_000,
        help: 'Where the company’s address can carry an amount, write {amount} in its place; then each suggested amount becomes a button.',
      },
    ],
  },
  bank: {
    title: 'Bank transfer',
    says: 'The account, with a QR code that banking apps read (euro only).',
    fields: [
      { name: 'beneficiary', label: 'Beneficiary', required: true, maxlength: 70 },
      { name: 'iban', label: 'IBAN', required: true, maxlength: 60, help: 'Spaces do not matter.' },
      { name: 'bic', label: 'BIC', maxlength: 20, help: 'Not needed inside the European Economic Area.' },
      { name: 'remittance', label: 'Reference', maxlength: 140, help: 'What the giver’s bank shows you.' },
    ],
  },
  crypto: {
    title: 'Cryptocurrency',
    says: 'An address, with a QR code that wallets read.',
    fields: [
      {
        name: 'coin',
        label: 'Coin',
        type: 'select',
        choices: [
          { value: 'BTC', label: 'Bitcoin' },
          { value: 'XMR', label: 'Monero' },
          { value: 'LN', label: 'Lightning' },
        ],
      },
      {
        name: 'address',
        label: 'Address',
        required: true,
        maxlength: 200,
        help: 'For Lightning: name@domain.',
      },
    ],
  },
  cheque: {
    title: 'Cheque by post',
    says: 'Whom it is payable to and where it is sent.',
    fields: [
      { name: 'payee', label: 'Payable to', required: true, maxlength: 120 },
      {
        name: 'address',
        label: 'Send to',
        type: 'textarea',
        rows: 5,
        required: true,
        help: 'One line of the postal address a line.',
      },
    ],
  },
}

const labels: Texts = {
  name: 'The name',
  amounts: 'The amounts',
  currency: 'The currency',
  note: 'The note',
  url: 'The address',
  beneficiary: 'The beneficiary',
  iban: 'The IBAN',
  bic: 'The BIC',
  remittance: 'The reference',
  coin: 'The coin',
  address: 'The address',
  payee: 'The payee',
}

const Typed = z.record(z.string(), z.string().max(5_000).catch('')).catch({})

export type ReadWay =
  | { typed: Texts; way: WayToGive; problems?: undefined }
  | { typed: Texts; way?: undefined; problems: Texts }

/** Reads the form of a kind: the way it describes, or what is wrong beside which field. */
export function readWay(kind: WayKind, body: unknown): ReadWay {
  const typed = Typed.parse(body)
  const result = WayToGive.safeParse(described(kind, typed))
  if (result.success) return { typed, way: result.data }
  const problems: Texts = {}
  for (const { path, message } of result.error.issues) {
    const name = String(path[0])
    problems[name] ??= sentence(name, message)
  }
  return { typed, problems }
}

/** What the form holds for a way. */
export function textsOf(way: WayToGive): Texts {
  const { frequency, amounts, ...rest } = way
  const lines = Object.entries(rest).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join('\n') : String(value ?? ''),
  ])
  return {
    ...Object.fromEntries(lines),
    once: frequency.includes('once') ? 'yes' : '',
    monthly: frequency.includes('monthly') ? 'yes' : '',
    amounts: amounts.join(', '),
  }
}

function described(kind: WayKind, typed: Texts): unknown {
  const own = Object.fromEntries(kinds[kind].fields.map(({ name }) => [name, typed[name] ?? '']))
  const { bic, remittance } = own
  return {
    ...own,
    ...(kind === 'bank' && { bic: bic?.trim() || undefined, remittance: remittance?.trim() || undefined }),
    ...(kind === 'cheque' && { address: lines(own.address ?? '') }),
    kind,
    name: typed.name ?? '',
    frequency: (['once', 'monthly'] as const).filter(often => typed[often]),
    amounts: numbers(typed.amounts ?? ''),
    currency: (typed.currency ?? '').trim().toUpperCase() || 'EUR',
    note: (typed.note ?? '').replaceAll('\r\n', '\n'),
  }
}

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter(line => line.trim())
}

function numbers(text: string): number[] {
  return text
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(Number)
}

function sentence(name: string, message: string): string {
  if (name === 'frequency') return 'Say how often one gives so: tick once, monthly, or both.'
  if (name === 'amounts' && !message.startsWith('must'))
    return 'Write the amounts as numbers separated by commas, such as 5, 10, 25.'
  if (message === 'must not be empty' || message === 'must have a line')
    return `${labels[name] ?? name} must not be empty.`
  return message.startsWith('must')
    ? `${labels[name] ?? name} ${message}.`
    : `${labels[name] ?? name} cannot be used like this.`
}
