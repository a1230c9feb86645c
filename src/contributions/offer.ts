import { qrCode } from '../foundation/qr-code.js'
import { printedIban } from './iban.js'
import { carriesAmount, linkFor, payload } from './payload.js'
import type { Frequency, WayToGive } from './schema.js'

/** A line that readers copy: what it is and what it says. */
interface Detail {
  label: string
  text: string
}

/** A way to give as the page shows it. */
export interface Offer {
  name: string
  frequency: string
  amounts: { text: string; link?: string }[]
  /** the payment page, where there is one for every amount */
  link?: string
  details: Detail[]
  note: string
  /** inline SVG, and what reads it */
  qr?: { svg: string; caption: string }
}

const coins = { BTC: 'Bitcoin', XMR: 'Monero', LN: 'Lightning' }

/** @param language BCP 47; decides how amounts are written */
export function offer(way: WayToGive, language: string): Offer {
  const code = payload(way)
  return {
    name: way.name,
    frequency: frequencyLabel(way.frequency),
    amounts: amounts(way, language),
    ...(way.kind === 'link' && !carriesAmount(way) && { link: linkFor(way, undefined) }),
    details: details(way),
    note: way.note,
    ...(code !== undefined && {
      qr: { svg: qrCode(code, `QR code: ${way.name}`), caption: caption(way, language) },
    }),
  }
}

function frequencyLabel(frequency: Frequency[]): string {
  if (frequency.length === 2) return 'Once or monthly'
  return frequency[0] === 'once' ? 'Once' : 'Monthly'
}

function amounts(way: WayToGive, language: string): Offer['amounts'] {
  return way.amounts.map(amount => ({
    text: money(amount, way.currency, language),
    ...(way.kind === 'link' && carriesAmount(way) && { link: linkFor(way, amount) }),
  }))
}

function details(way: WayToGive): Detail[] {
  switch (way.kind) {
    case 'link':
      return carriesAmount(way) ? [] : [{ label: 'Address', text: way.url }]
    case 'bank':
      return [
        { label: 'Beneficiary', text: way.beneficiary },
        { label: 'IBAN', text: printedIban(way.iban) },
        ...(way.bic ? [{ label: 'BIC', text: way.bic }] : []),
        ...(way.remittance ? [{ label: 'Reference', text: way.remittance }] : []),
      ]
    case 'crypto':
      return [{ label: `${coins[way.coin]} address`, text: way.address }]
    case 'cheque':
      return [
        { label: 'Payable to', text: way.payee },
        { label: 'Send to', text: way.address.join('\n') },
      ]
  }
}

function caption(way: WayToGive, language: string): string {
  if (way.kind === 'bank') return 'Scan with a banking app'
  if (way.kind === 'crypto') return 'Scan with a wallet'
  const [amount] = way.amounts
  return way.kind === 'link' && carriesAmount(way) && amount !== undefined
    ? `Scan to give ${money(amount, way.currency, language)}`
    : 'Scan with a camera'
}

function money(amount: number, currency: string, language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    maximumFractionDigits: 8,
    trailingZeroDisplay: 'stripIfInteger',
  }).format(amount)
}
