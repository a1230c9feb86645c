import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { WayToGive } from '../../src/contributions/index.js'
import { openPress } from '../support/press.js'
import { bank, cheque, crypto, link } from './ways.js'

const naughty: string[] = JSON.parse(
  readFileSync(path.join(programFolder, 'tests/fixtures/blns.json'), 'utf8'),
)

/** The fields that are complained about; undefined when the way is taken. */
const refusal = (way: object) => {
  const issues = WayToGive.safeParse(way).error?.issues
  return issues && [...new Set(issues.map(issue => issue.path.join('.')))]
}

test.each([
  'javascript:alert(1)',
  'JAVASCRIPT:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'ftp://example.org/',
  '//example.org/',
  '/contribute',
  'https://',
  'https:///example.org',
  'https://exa mple.org',
  'https://{amount}.example.org',
  'https://192.0.2.{amount}/',
])('no payment link leads to %j', url => {
  expect(refusal(link({ url }))).toEqual(['url'])
})

test('an address with a place for the amount needs amounts', () => {
  expect(refusal(link({ url: 'https://example.org/{amount}', amounts: [] }))).toEqual(['amounts'])
})

// One digit changed, two swapped, too short, too long, no country.
test.each([
  'BE73000000001616',
  'BE72000000006116',
  'BE720000',
  `BE72${'0'.repeat(40)}`,
  '0072000000001616',
  '',
])('no IBAN is %j', iban => {
  expect(refusal(bank({ iban }))).toContain('iban')
})

// Registry of ISO 13616
test.each([
  'GB82 WEST 1234 5698 7654 32',
  'DE89 3704 0044 0532 0130 00',
  'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
  'NO93 8601 1117 947',
])('an IBAN is %j', iban => {
  expect(refusal(bank({ iban }))).toBeUndefined()
})

test('a bank transfer fits its QR code, or is refused', () => {
  expect(refusal(bank({ beneficiary: 'x'.repeat(70), remittance: 'x'.repeat(140) }))).toBeUndefined()
  expect(refusal(bank({ beneficiary: 'x'.repeat(71) }))).toEqual(['beneficiary'])
  expect(refusal(bank({ beneficiary: '漢'.repeat(70), remittance: '漢'.repeat(60) }))).toEqual(['remittance'])
  expect(refusal(bank({ remittance: 'two\nlines' }))).toEqual(['remittance'])
  expect(refusal(bank({ bic: 'SHORT' }))).toEqual(['bic'])
})

test.each([
  ['BTC', 'bc1QW508'],
  ['BTC', '0x52908400098527886E0F7030069857D2E4169EE7'],
  ['XMR', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
  ['LN', 'nobody'],
  ['LN', 'a@b@example.org'],
  ['LN', 'a?amount=1@example.org'],
] as const)('no %s address is %j', (coin, address) => {
  expect(refusal(crypto({ coin, address }))).toEqual(['address'])
})

test('what is none of the kinds, has no name, no frequency or odd amounts is refused', () => {
  expect(refusal({ ...link(), kind: 'barter' })).toEqual(['kind'])
  expect(refusal(link({ name: '  ' }))).toEqual(['name'])
  expect(refusal(link({ frequency: [] }))).toEqual(['frequency'])
  expect(refusal(link({ amounts: [-5] }))).toEqual(['amounts.0'])
  expect(refusal(link({ amounts: [Number.POSITIVE_INFINITY] }))).toEqual(['amounts.0'])
  expect(refusal(link({ currency: 'euro' }))).toEqual(['currency'])
  expect(refusal(cheque({ address: [] }))).toEqual(['address'])
})

test('one bad way in a list leaves the old list as it was', async () => {
  const press = await openPress()
  await press.contributions.replaceWays([link()])
  await expect(
    press.contributions.replaceWays([cheque(), link({ url: 'javascript:alert(1)' })]),
  ).rejects.toThrow()
  expect((await press.contributions.ways()).map(way => way.name)).toEqual(['Liberapay'])
})

test('whatever stands in a field, it is refused or the page shows it as text', async () => {
  const press = await openPress({ RATE_LIMITS: 'off' })
  const fields = [
    'name',
    'note',
    'url',
    'beneficiary',
    'iban',
    'bic',
    'remittance',
    'coin',
    'address',
    'payee',
    'currency',
  ]
  const showing = async (value: unknown) => {
    const ways = [link(), bank(), crypto(), cheque()].flatMap(way =>
      fields.filter(field => field in way).map(field => ({ ...way, [field]: value })),
    )
    const taken = ways.flatMap(way => WayToGive.safeParse(way).data ?? [])
    await press.contributions.replaceWays(taken)
    const { statusCode, body } = await press.http.inject('/contribute')
    expect(statusCode, JSON.stringify(value)).toBe(200)
    expect(/<script|<img|="javascript:/i.test(body), JSON.stringify(value)).toBe(false)
  }
  for (const value of naughty) await showing(value)
  await fc.assert(fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), showing), {
    numRuns: 60,
  })
})
