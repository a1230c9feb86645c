import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parseAddress } from '../../src/newsletter/address.js'
import { AddressSet } from '../../src/newsletter/readers/address-set.js'
import { guessColumns } from '../../src/newsletter/readers/columns.js'
import { BadLine, readLine } from '../../src/newsletter/readers/line.js'
import { heldMemory } from '../support/held-memory.js'
import { openPress, type Press } from '../support/press.js'
import { addReaders } from '../support/readers.js'

async function take(
  press: Press,
  csv: string,
  choices: { confirmed?: boolean; revive?: boolean; dryRun?: boolean } = {},
) {
  const file = path.join(press.dataDir, 'in.csv')
  await writeFile(file, csv)
  return press.newsletter.readers.importFrom(file, {
    ...{ confirmed: false, revive: false, dryRun: false, source: 'A test.', ...choices },
    onProblem: () => undefined,
    onProgress: () => undefined,
  })
}

async function statusOf(press: Press, email: string): Promise<string> {
  let csv = ''
  for await (const piece of press.newsletter.readers.csv()) csv += piece
  return (
    csv
      .split('\r\n')
      .find(line => line.startsWith(`${email},`))
      ?.split(',')[2] ?? 'nobody'
  )
}

test('a file makes nobody active by itself, only who vouches for it does', async () => {
  const press = await openPress()
  const csv =
    'email,status\na@example.org,active\nb@example.org,\nc@example.org,pending\nd@example.org,unsubscribed\n'
  await take(press, csv)
  const of = async () => {
    const statuses: string[] = []
    for (const letter of 'abcd') statuses.push(await statusOf(press, `${letter}@example.org`))
    return statuses
  }
  expect(await of()).toEqual(['pending', 'pending', 'pending', 'unsubscribed'])
  expect(await take(press, csv, { confirmed: true })).toMatchObject({ added: 0, activated: 2, known: 2 })
  expect(await of()).toEqual(['active', 'active', 'pending', 'unsubscribed'])
  expect(await take(press, csv, { confirmed: true })).toMatchObject({ added: 0, activated: 0, known: 4 })
})

test('who left stays away, unless the owner says that they come back', async () => {
  const press = await openPress()
  await addReaders(press, 1, { status: 'unsubscribed' })
  const csv = 'email\nreader000001@example.org\n'
  expect(await take(press, csv, { confirmed: true })).toMatchObject({ known: 1 })
  expect(await statusOf(press, 'reader000001@example.org')).toBe('unsubscribed')
  expect(await take(press, csv, { confirmed: true, revive: true })).toMatchObject({ revived: 1 })
  expect(await statusOf(press, 'reader000001@example.org')).toBe('active')
})

test('who left elsewhere after joining here is taken off; who joined here later stays', async () => {
  const press = await openPress()
  await addReaders(press, 2, number => ({ created: `202${number}-01-01T00:00:00.000Z` }))
  const csv =
    'email,unsubscribed_at\nreader000001@example.org,2021-06-01\nreader000002@example.org,2021-06-01\n'
  expect(await take(press, csv, { confirmed: true })).toMatchObject({ left: 1, known: 1 })
  expect(await statusOf(press, 'reader000001@example.org')).toBe('unsubscribed')
  expect(await statusOf(press, 'reader000002@example.org')).toBe('active')
})

test('the suppression list goes before every import, and an import adds to it', async () => {
  const press = await openPress()
  const suppress = (email: string) =>
    press.db.transaction(tx =>
      press.newsletter.suppressions.add(tx, { email, reason: 'complaint', detail: '' }),
    )
  await suppress('Barred@Example.org')
  await addReaders(press, 1)
  const csv =
    'email,status\nbarred@example.org,active\nreader000001@example.org,cleaned\nnew@example.org,complained\n'
  expect(await take(press, csv, { confirmed: true, revive: true })).toMatchObject({
    suppressed: 1,
    completed: 1,
    added: 1,
  })
  expect(await statusOf(press, 'barred@example.org')).toBe('nobody')
  for (const key of ['reader000001@example.org', 'new@example.org'])
    expect(await press.newsletter.suppressions.of(press.db, key)).toMatchObject({ email: key })
  expect((await press.newsletter.signUpsPerDay(1)).active).toBe(0)
})

test('readers on the list keep what they have; only missing names are filled in', async () => {
  const press = await openPress()
  await addReaders(press, 2, number => ({ name: number === 1 ? 'Kept' : '' }))
  const csv =
    'email,name,frequency\nreader000001@example.org,Other,daily\nreader000002@example.org,Found,daily\n'
  expect(await take(press, csv, { confirmed: true })).toMatchObject({ known: 1, completed: 1 })
  let all = ''
  for await (const piece of press.newsletter.readers.csv()) all += piece
  expect(all).toMatch(/reader000001@example\.org,Kept,active,weekly/)
  expect(all).toMatch(/reader000002@example\.org,Found,active,weekly/)
})

test('a dry run tells what an import then does, and changes nothing', async () => {
  const press = await openPress()
  await addReaders(press, 3, { name: '' })
  const lines = Array.from({ length: 1_300 }, (_, index) => `r${index % 1_200}@example.org,x`)
  const csv = ['email,name', ...lines, 'reader000001@example.org,Name', 'nobody@', ''].join('\n')
  const tried = await take(press, csv, { confirmed: true, dryRun: true })
  expect((await press.newsletter.signUpsPerDay(1)).active).toBe(3)
  expect(await take(press, csv, { confirmed: true })).toEqual(tried)
  expect(tried).toMatchObject({ lines: 1_302, added: 1_200, repeated: 100, completed: 1, invalid: 1 })
})

test('the memory that an import needs does not grow with the file', async () => {
  const press = await openPress()
  const lines = Array.from({ length: 40_000 }, (_, index) => `reader${index}@example.org`)
  const file = path.join(press.dataDir, 'many.csv')
  await writeFile(file, ['email', ...lines].join('\n'))
  const heap: number[] = []
  await press.newsletter.readers.importFrom(file, {
    ...{ confirmed: true, revive: false, dryRun: true, source: '' },
    onProblem: () => undefined,
    onProgress: () => void heap.push(heldMemory()),
  })
  expect(heap).toHaveLength(8)
  expect((heap.at(-1) ?? 0) - (heap[1] ?? 0)).toBeLessThan(6 * 1_048_576)
})

test.each([
  [
    'our own',
    'email,name,status,frequency,sections,joined_at',
    { email: 0, name: 1, status: 2, frequency: 3, sections: 4, joined_at: 5 },
  ],
  [
    'Mailchimp',
    'Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,UNSUB_TIME',
    { email: 0, name: 1, surname: 2, consented_at: 4, confirmed_at: 6, unsubscribed_at: 7 },
  ],
  [
    'listmonk',
    'uuid,email,name,attributes,status,created_at,updated_at',
    { email: 1, name: 2, status: 4, joined_at: 5 },
  ],
  [
    'Ghost',
    'id,email,name,note,subscribed_to_emails,complimentary_plan,created_at',
    { email: 1, name: 2, status: 4, joined_at: 6 },
  ],
  [
    'Substack',
    'email,active_subscription,expiry,plan,email_disabled,created_at',
    { email: 0, suppressed: 4, joined_at: 5 },
  ],
])('the columns of the export of %s are guessed', (_whose, header, columns) => {
  expect(guessColumns(header.split(','))).toEqual(columns)
})

test('a name is no longer than the reader’s own page takes, and no character of it is halved', () => {
  const columns = { email: 0, name: 1 }
  const nameFrom = (name: string) =>
    readLine(['a@example.org', name], { columns, sections: new Map(), now: '2020-12-24T09:00:00Z' }).name
  expect(nameFrom('n'.repeat(120))).toBe('n'.repeat(100))
  expect(nameFrom('🗞'.repeat(60))).toBe('🗞'.repeat(50))
  expect(nameFrom(`n${'🗞'.repeat(60)}`)).toBe(`n${'🗞'.repeat(49)}`)
})

test('words of other programs for a status are understood', () => {
  const read = (status: string) =>
    readLine(['a@example.org', status], {
      columns: { email: 0, status: 1 },
      sections: new Map(),
      now: '2021-01-01T00:00:00.000Z',
    })
  for (const word of ['subscribed', 'Enabled', 'true', 'confirmed']) expect(read(word).status).toBe('active')
  for (const word of ['Unsubscribed', 'disabled', 'false']) expect(read(word).status).toBe('unsubscribed')
  expect(read('cleaned').suppressed?.reason).toBe('hard-bounce')
  expect(read('true').suppressed).toBeUndefined()
  expect(() => read('perhaps')).toThrow(BadLine)
})

test.each([
  ['2020-12-24', '2020-12-24T00:00:00.000Z'],
  ['2020-12-24 09:00:00', '2020-12-24T09:00:00.000Z'],
  ['2020-12-24T09:00:00.123456+01:00', '2020-12-24T08:00:00.123Z'],
  ['2020-12-24 09:00:00 UTC', '2020-12-24T09:00:00.000Z'],
])('the time %s is read as UTC where it names no zone', (typed, instant) => {
  const reading = {
    columns: { email: 0, consented_at: 1 },
    sections: new Map<string, string>(),
    now: '2021-01-01T00:00:00.000Z',
  }
  expect(readLine(['a@example.org', typed], reading).consented).toBe(instant)
})

test('each address of a file counts once, however many there are', () => {
  const set = new AddressSet()
  const keys = Array.from(
    { length: 20_000 },
    (_, index) => parseAddress(`reader${index}@example.org`)?.key ?? '',
  )
  expect(keys.every(key => set.add(key))).toBe(true)
  expect(keys.some(key => set.add(key))).toBe(false)
})
