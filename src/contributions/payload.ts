import { creditTransfer } from './credit-transfer.js'
import type { WayToGive } from './schema.js'

type Link = Extract<WayToGive, { kind: 'link' }>

// BIP 21; the monero: scheme of Monero's own wallets; LUD-16 addresses under the lightning: scheme
const schemes = { BTC: 'bitcoin', XMR: 'monero', LN: 'lightning' }

/** What a QR code says to the program that reads it; undefined where no such code exists. */
export function payload(way: WayToGive): string | undefined {
  switch (way.kind) {
    case 'link':
      return linkFor(way, way.amounts[0])
    case 'bank':
      // SEPA credit transfers are in euro only.
      return way.currency === 'EUR' ? creditTransfer(way) : undefined
    case 'crypto':
      return `${schemes[way.coin]}:${way.address}`
    case 'cheque':
      return undefined
  }
}

/** Whether the payment page's address has a place for the amount; then each amount is a link of its own. */
export function carriesAmount({ url }: Link): boolean {
  return url.includes('{amount}')
}

/** The payment page, for one amount where the address has a place for it. */
export function linkFor({ url }: Link, amount: number | undefined): string {
  return new URL(amount === undefined ? url : url.replaceAll('{amount}', plainNumber(amount))).href
}

// Not the language's own notation: 2.5 and 1000, never 2,5, 1 000 or 1e-8.
function plainNumber(amount: number): string {
  return amount.toFixed(8).replace(/\.?0+$/, '')
}
