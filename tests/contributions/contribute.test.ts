import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { WayToGive } from '../../src/contributions/index.js'
import { payload } from '../../src/contributions/payload.js'
import { IdentitySchema } from '../../src/site/index.js'
import { movableClock, openPress } from '../support/press.js'
import { bank, cheque, crypto, link, type WayInput } from './ways.js'

async function pageOf(ways: WayInput[], language = 'en') {
  const press = await openPress()
  await press.site.saveIdentity(IdentitySchema.parse({ name: 'The Courier', language }))
  await press.contributions.replaceWays(ways)
  const answer = await press.http.inject('/contribute')
  return { press, answer, html: answer.body }
}

const section = (html: string, name: string) =>
  html.split('<section class="way"').find(part => part.includes(`>${name}</h2>`)) ?? ''

test('a site without ways to give says so and offers what costs nothing', async () => {
  const { answer, html } = await pageOf([])
  expect(answer.statusCode).toBe(200)
  expect(html).toContain('There is no way to give yet')
  expect(html).toContain('href="/newsletter"')
  expect(html).not.toContain('<svg')
})

test('every kind is shown in the editors’ order, marked once or monthly, with its amounts and note', async () => {
  const { html } = await pageOf([cheque(), crypto(), bank(), link()])
  const names = [...html.matchAll(/<h2 id="way-\d+" dir="auto">([^<]*)/g)].map(match => match[1])
  expect(names).toEqual(['Cheque by post', 'Bitcoin', 'Bank transfer', 'Liberapay'])
  expect(section(html, 'Liberapay')).toContain('<p class="label">Monthly</p>')
  expect(section(html, 'Bitcoin')).toContain('<p class="label">Once</p>')
  expect(section(html, 'Bank transfer')).toContain('<p class="label">Once or monthly</p>')
  expect(section(html, 'Liberapay')).toContain('<li>€5</li>')
  expect(section(html, 'Liberapay')).toContain('Cancel whenever you like.')
  expect(html).toContain('behind a paywall')
})

test('a payment link is a link and a text to copy, with a QR code of the address', async () => {
  const way = section((await pageOf([link()])).html, 'Liberapay')
  expect(way).toContain('href="https://liberapay.example.org/courier"')
  expect(way).toContain('<dd dir="auto">https://liberapay.example.org/courier</dd>')
  expect(modulesOf(way)).toEqual(expectedModules('https://liberapay.example.org/courier'))
})

test('an address with a place for the amount becomes one link for each amount', async () => {
  const { html } = await pageOf([
    link({ url: 'https://pay.example.org/give?sum={amount}&x={amount}', amounts: [2.5, 1000, 0.01] }),
  ])
  expect([...html.matchAll(/href="(https:\/\/pay[^"]*)"/g)].map(match => match[1])).toEqual([
    'https://pay.example.org/give?sum=2.5&amp;x=2.5',
    'https://pay.example.org/give?sum=1000&amp;x=1000',
    'https://pay.example.org/give?sum=0.01&amp;x=0.01',
  ])
  expect(html).not.toContain('{amount}')
  expect(html).toContain('<figcaption>Scan to give €2.50</figcaption>')
})

test('a bank transfer shows the IBAN in groups of four and a QR code that banking apps read', async () => {
  const way = section((await pageOf([bank({ iban: 'be72-0000-0000-1616' })])).html, 'Bank transfer')
  expect(way).toContain('<dd dir="auto">BE72 0000 0000 1616</dd>')
  expect(way).toContain('<dd dir="auto">BPOTBEB1</dd>')
  // EPC069-12, version 002: the amount, purpose and structured reference are left open.
  const text = 'BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\n\n\n\nUrgency fund'
  expect(modulesOf(way)).toEqual(expectedModules(text))
})

test('the bank’s QR code ends with its last filled line and needs no BIC', () => {
  const way = WayToGive.parse(bank({ bic: undefined, remittance: undefined }))
  expect(payload(way)).toBe('BCD\n002\n1\nSCT\n\nRed Cross of Belgium\nBE72000000001616')
})

test('a bank account in another currency has no QR code, since that code is for euro transfers', async () => {
  const { html } = await pageOf([bank({ currency: 'CHF' })])
  expect(html).toContain('BE72 0000 0000 1616')
  expect(html).not.toContain('<svg')
})

const monero = `4${'A'.repeat(94)}`
test.each([
  ['BTC', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
  ['BTC', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', 'bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2'],
  ['XMR', monero, `monero:${monero}`],
  ['LN', 'courier@wallet.example.org', 'lightning:courier@wallet.example.org'],
] as const)('a %s address can be copied and scanned: %s', async (coin, address, uri) => {
  const way = section((await pageOf([crypto({ coin, address, name: 'Coins' })])).html, 'Coins')
  expect(way).toContain(`<dd dir="auto">${address}</dd>`)
  expect(modulesOf(way)).toEqual(expectedModules(uri))
})

test('a cheque has a payee and an address, and no QR code', async () => {
  const way = section((await pageOf([cheque()])).html, 'Cheque by post')
  expect(way).toContain('<dd dir="auto">The Handpress Courier</dd>')
  expect(way).toContain('<dd dir="auto">1 Galley Lane\nExampleton</dd>')
  expect(way).not.toContain('<svg')
})

test('a QR code keeps its white border in the dark, has a name, and needs nothing the policy forbids', async () => {
  const { html } = await pageOf([link()])
  expect(html).toContain('role="img" aria-label="QR code: Liberapay"')
  expect(html).toMatch(/<rect width="(\d+)" height="\1" fill="#fff"\/>/)
  const columns = [...html.matchAll(/M(\d+) (\d+)h/g)].map(match => [Number(match[1]), Number(match[2])])
  expect(Math.min(...columns.flat())).toBe(4)
  expect(html).not.toMatch(/style=/)
})

test('amounts are written as the site’s language writes them', async () => {
  const ways = [link({ amounts: [1234.5] }), crypto({ currency: 'BTC', amounts: [0.0005] })]
  const { html } = await pageOf(ways, 'de')
  expect(html).toMatch(/<li>1\.234,50\s€<\/li>/)
  expect(html).toMatch(/<li>0,0005\sBTC<\/li>/)
})

test('hostile texts are shown as texts', async () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
  const { html } = await pageOf([
    link({ name: hostile, note: hostile, url: 'https://example.org/"><script>alert(1)</script>' }),
    bank({ name: hostile, beneficiary: hostile.slice(0, 70), remittance: hostile }),
    cheque({ name: hostile, payee: hostile, address: [hostile] }),
  ])
  expect(html).not.toContain('<script')
  expect(html).not.toContain('<img')
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
})

test('nothing on the page comes from elsewhere, and no cookie is set', async () => {
  const { answer, html } = await pageOf([link(), bank(), crypto(), cheque()])
  expect(html).not.toMatch(/(?:src|srcset|action)="(?:https?:)?\/\//)
  expect(answer.headers['set-cookie']).toBeUndefined()
})

test('a changed list is on the page at once, also for those who kept the old one', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  await press.contributions.replaceWays([link()])
  const first = await press.http.inject('/contribute')
  const conditional = { url: '/contribute', headers: { 'if-none-match': String(first.headers.etag) } }
  expect((await press.http.inject(conditional)).statusCode).toBe(304)
  advance(60_000)
  await press.contributions.replaceWays([cheque()])
  const second = await press.http.inject(conditional)
  expect(second.statusCode).toBe(200)
  expect(second.body).toContain('Cheque by post')
  expect(second.body).not.toContain('Liberapay')
  expect(second.headers['last-modified']).not.toBe(first.headers['last-modified'])
})

test('only reading is possible there', async () => {
  const { press } = await pageOf([])
  expect((await press.http.inject({ method: 'HEAD', url: '/contribute' })).statusCode).toBe(200)
  expect((await press.http.inject({ method: 'POST', url: '/contribute' })).statusCode).toBe(404)
})

function expectedModules(text: string): string[] {
  return encode(text, { ecc: 'M', border: 4 }).data.map(row => row.map(black => (black ? '#' : '.')).join(''))
}

/** Draws the path of the page's first QR code again, module by module. */
function modulesOf(html: string): string[] {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(html)?.[1])
  const rows = Array.from({ length: size }, () => Array<string>(size).fill('.'))
  for (const [, x, y, width] of html.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    rows[Number(y)]?.fill('#', Number(x), Number(x) + Number(width))
  }
  return rows.map(row => row.join(''))
}
