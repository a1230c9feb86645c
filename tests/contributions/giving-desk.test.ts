import { describe, expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { openPress, type Press } from '../support/press.js'

async function openGiving() {
  const press = await openPress()
  return { press, editor: await colleague(press, 'editor') }
}

const kinds: Record<string, Record<string, string>> = {
  link: {
    name: 'Liberapay',
    url: 'https://liberapay.example.org/{amount}',
    once: 'yes',
    amounts: '2.50, 5,10',
  },
  bank: {
    name: 'Our bank',
    beneficiary: 'Red Cross',
    iban: 'BE72 0000 0000 1616',
    monthly: 'yes',
    once: 'yes',
  },
  crypto: {
    name: 'Bitcoin',
    coin: 'BTC',
    address: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    once: 'yes',
  },
  cheque: { name: 'By post', payee: 'The Courier', address: '1 Galley Lane\r\nExampleton', once: 'yes' },
}

const add = (editor: Colleague, kind: string, more: Record<string, string> = {}) =>
  editor.post(`/admin/site/giving/new/${kind}`, { ...kinds[kind], ...more })

const contribute = async (press: Press) => (await press.http.inject('/contribute')).body

async function listed(editor: Colleague) {
  const { body } = await editor.get('/admin/site/giving')
  const ids = [...body.matchAll(/id="way-([^"]+)"/g)].map(match => match[1] ?? '')
  return { ids, version: /name="version" value="([^"]+)"/.exec(body)?.[1] ?? '', body }
}

const versionIn = (body: string) => /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''

describe('each kind can be added, and readers see it at once', () => {
  test.each([
    ['link', ['Liberapay', 'href="https://liberapay.example.org/2.5"', '€2.50']],
    ['bank', ['BE72 0000 0000 1616', 'Scan with a banking app', 'Once or monthly']],
    ['crypto', ['Bitcoin address', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'Scan with a wallet']],
    ['cheque', ['Payable to', '1 Galley Lane\nExampleton']],
  ])('%s', async (kind, texts) => {
    const { press, editor } = await openGiving()
    expect((await listed(editor)).body).toContain('There is no way to give yet')
    expect((await add(editor, kind)).statusCode).toBe(303)
    for (const text of texts) expect(await contribute(press)).toContain(text)
    const { ids } = await listed(editor)
    const { body } = await editor.get(`/admin/site/giving/${ids[0]}`)
    expect(body).toContain(`value="${kinds[kind]?.name}"`)
    // Saving the form as it came changes nothing.
    const before = await contribute(press)
    await editor.post(`/admin/site/giving/${ids[0]}`, { ...kinds[kind], version: versionIn(body) })
    expect((await contribute(press)).replace(/\s/g, '')).toBe(before.replace(/\s/g, ''))
  })
})

test.each([
  ['link', { url: 'javascript:alert(1)' }, 'The address must be an address that starts with https'],
  ['link', { amounts: 'five' }, 'Write the amounts as numbers separated by commas'],
  ['bank', { iban: 'BE72 0000 0000 1617' }, 'The IBAN must be written as in the bank’s letter'],
  ['crypto', { address: 'nowhere' }, 'The address must be an address of that coin'],
  ['cheque', { address: ' ' }, 'The address must not be empty.'],
  ['bank', { once: '', monthly: '' }, 'tick once, monthly, or both'],
  ['bank', { currency: 'euros' }, 'The currency must be three capital letters'],
  ['bank', { name: '' }, 'The name must not be empty.'],
])('a way that nobody could give by is refused beside its field: %s %o', async (kind, wrong, message) => {
  const { press, editor } = await openGiving()
  const answer = await add(editor, kind, wrong)
  expect(answer.statusCode).toBe(422)
  expect(answer.body).toContain(message)
  expect(await contribute(press)).toContain('There is no way to give yet')
})

test('a preview shows the QR code of what was typed and saves nothing', async () => {
  const { press, editor } = await openGiving()
  const answer = await add(editor, 'bank', { preview: 'yes' })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toContain('<svg class="qr"')
  expect(await contribute(press)).toContain('There is no way to give yet')
})

test('ways are moved, removed, and brought back to their place', async () => {
  const { press, editor } = await openGiving()
  for (const kind of ['link', 'bank', 'cheque']) await add(editor, kind)
  const names = async () =>
    [...(await contribute(press)).matchAll(/<h2 id="way-\d"[^>]*>([^<]+)/g)].map(match => match[1])
  const { ids, version } = await listed(editor)
  await editor.post(`/admin/site/giving/${ids[2]}/place`, { action: 'up', version })
  expect(await names()).toEqual(['Liberapay', 'By post', 'Our bank'])
  expect(
    (await editor.post(`/admin/site/giving/${ids[0]}/place`, { action: 'down', version })).statusCode,
  ).toBe(409)
  await editor.post(`/admin/site/giving/${ids[2]}/removal`)
  expect(await names()).toEqual(['Liberapay', 'Our bank'])
  await editor.post(`/admin/site/giving/${ids[2]}/return`)
  expect(await names()).toEqual(['Liberapay', 'By post', 'Our bank'])
})

test('a stale save shows what is stored beside what was typed', async () => {
  const { press, editor } = await openGiving()
  await add(editor, 'bank')
  const [id] = (await listed(editor)).ids
  const version = versionIn((await editor.get(`/admin/site/giving/${id}`)).body)
  await editor.post(`/admin/site/giving/${id}`, { ...kinds.bank, beneficiary: 'Theirs', version })
  const stale = await editor.post(`/admin/site/giving/${id}`, { ...kinds.bank, beneficiary: 'Mine', version })
  expect(stale.statusCode).toBe(409)
  expect(stale.body).toContain('Theirs')
  expect(stale.body).toContain('value="Mine"')
  expect(await contribute(press)).toContain('Theirs')
})

test('each change is in the audit trail', async () => {
  const { press, editor } = await openGiving()
  const { entries } = await press.audit.verify()
  await add(editor, 'cheque')
  expect(await press.audit.verify()).toEqual({ entries: entries + 1, problems: [] })
})
