import { z } from 'zod'
import { fitsQrCode } from './credit-transfer.js'
import { hasIbanChecksum } from './iban.js'

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine(isPlain, 'must be one line of plain text')

const note = z
  .string()
  .trim()
  .max(1_000, 'must have at most 1000 characters')
  .refine(value => isPlain(value.replaceAll('\n', ' ')), 'must be plain text')

const without = (separators: RegExp) => line(200).transform(value => value.replace(separators, ''))

const Frequency = z.enum(['once', 'monthly'], { error: 'must be once or monthly' })
export type Frequency = z.infer<typeof Frequency>

const shared = {
  name: line(120),
  frequency: z
    .array(Frequency)
    .min(1, 'must name once, monthly or both')
    .transform(wanted => Frequency.options.filter(option => wanted.includes(option))),
  /** what is suggested; readers may give any other amount */
  amounts: z
    .array(z.number().min(0.000_000_01, 'must be more than nothing').max(1_000_000_000))
    .max(20, 'must be at most 20 amounts')
    .default([]),
  /** ISO 4217, or a coin's usual letters */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters such as EUR')
    .default('EUR'),
  note: note.default(''),
}

const PaymentLink = z
  .object({
    ...shared,
    kind: z.literal('link'),
    /** `{amount}` in it is replaced by each amount */
    url: line(1_000).refine(isWebAddress, 'must be an address that starts with https:// or http://'),
  })
  .refine(way => !way.url.includes('{amount}') || way.amounts.length > 0, {
    path: ['amounts'],
    message: 'must name amounts, because the address contains {amount}',
  })

const BankTransfer = z
  .object({
    ...shared,
    kind: z.literal('bank'),
    beneficiary: line(70),
    /** ISO 13616, without spaces */
    iban: without(/[\s-]/g)
      .transform(value => value.toUpperCase())
      .refine(
        hasIbanChecksum,
        'must be written as in the bank’s letter: at least one character of it is wrong',
      ),
    bic: without(/\s/g)
      .transform(value => value.toUpperCase())
      // ISO 9362
      .refine(value => /^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(value), 'must be a BIC such as BPOTBEB1')
      .optional(),
    remittance: line(140).optional(),
  })
  .refine(fitsQrCode, {
    path: ['remittance'],
    message: 'must be shorter: the bank’s QR code cannot hold so much',
  })

const addressShapes = {
  // Base58 (legacy, script) or bech32 and bech32m (BIP 173, BIP 350)
  BTC: /^([13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{39,59})$/,
  // standard, subaddress, or integrated
  XMR: /^([48][1-9A-HJ-NP-Za-km-z]{94}|4[1-9A-HJ-NP-Za-km-z]{105})$/,
  // LUD-16
  LN: /^[a-z0-9._+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
}

const Crypto = z
  .object({
    ...shared,
    kind: z.literal('crypto'),
    coin: z.enum(['BTC', 'XMR', 'LN'], { error: 'must be BTC, XMR or LN' }),
    address: line(200),
  })
  .refine(way => addressShapes[way.coin].test(way.address), {
    path: ['address'],
    message: 'must be an address of that coin (for LN: name@domain)',
  })

const Cheque = z.object({
  ...shared,
  kind: z.literal('cheque'),
  payee: line(120),
  /** the lines of the postal address */
  address: z.array(line(120)).min(1, 'must have a line').max(10, 'must have at most 10 lines'),
})

/** One way in which readers can give, as editors and the sample edition write it. */
export const WayToGive = z.discriminatedUnion('kind', [PaymentLink, BankTransfer, Crypto, Cheque])
export type WayToGive = z.infer<typeof WayToGive>

/** All of them, in the order in which readers see them. */
export const WaysToGive = z.array(WayToGive).max(50, 'must be at most 50 ways')

// Control characters would break the bank's QR format, in which a line is a field; lone surrogates cannot
// be written as UTF-8.
function isPlain(value: string): boolean {
  return !/[\p{Cc}\p{Surrogate}]/u.test(value)
}

function isWebAddress(value: string): boolean {
  return /^https?:\/\/[^\s/?#{]+([/?#]\S*)?$/i.test(value) && URL.canParse(value)
}
