import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNewsroom } from '../support/newsroom.js'
import type { Press } from '../support/press.js'

const columns = [
  ...['email', 'name', 'status', 'frequency', 'sections', 'joined_at', 'consented_at', 'confirmed_at'],
  ...['unsubscribed_at', 'source', 'suppressed', 'suppressed_at', 'suppressed_detail'],
]

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

const local = fc.stringMatching(/^[a-zA-Z0-9=+_-][a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{0,12}$/)
const text = fc.oneof(
  // Files with NUL bytes are refused as a whole.
  fc.string({ unit: 'binary', maxLength: 40 }).map(typed => typed.replaceAll('\0', '')),
  fc.constantFrom(
    '=1+1',
    "'=1+1",
    "''-x",
    '@SUM(A1)',
    'a "b", c',
    'one\r\ntwo',
    '\tx',
    '±',
    'Ødegård;',
    '🦔 ‮x',
    '',
  ),
)
const time = fc
  .date({ min: new Date('2001-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
  .map(date => date.toISOString())
const maybe = fc.option(time, { nil: '' })
const reader = fc.record({
  email: fc.tuple(local, fc.constantFrom('example.org', 'münchen.example')).map(parts => parts.join('@')),
  name: text,
  status: fc.constantFrom('active', 'pending', 'unsubscribed'),
  frequency: fc.constantFrom('every', 'daily', 'weekly'),
  sections: fc.constantFrom('', 'security', 'press security'),
  joined_at: time,
  consented_at: time,
  confirmed_at: maybe,
  unsubscribed_at: maybe,
  source: text,
  suppressed: fc.constantFrom('', '', 'hard-bounce', 'complaint', 'editor'),
  suppressed_at: time,
  suppressed_detail: text,
})

async function taken(press: Press, name: string, csv: string): Promise<string> {
  const file = path.join(press.dataDir, name)
  await writeFile(file, csv)
  const problems: unknown[] = []
  await press.newsletter.readers.importFrom(file, {
    ...{ confirmed: true, revive: false, dryRun: false, source: 'A test.' },
    onProblem: problem => problems.push(problem),
    onProgress: () => undefined,
  })
  expect(problems).toEqual([])
  await press.newsletter.readers.exportTo(`${file}.out`)
  return readFile(`${file}.out`, 'utf8')
}

test('what is exported and imported into an empty site is exported as the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(reader, { minLength: 1, maxLength: 60, selector: one => one.email.toLowerCase() }),
      async readers => {
        const rows = readers.map(one => {
          const suppressed = one.suppressed ? one : { ...one, suppressed_at: '', suppressed_detail: '' }
          return columns.map(column => quoted(suppressed[column as keyof typeof one])).join(',')
        })
        const first = await taken(await openNewsroom(), 'in.csv', [columns.join(','), ...rows].join('\n'))
        expect(first.split('\r\n')).toHaveLength(readers.length + 2)
        expect(await taken(await openNewsroom(), 'again.csv', first)).toBe(first)
      },
    ),
    { numRuns: 4 },
  )
})

test('no cell of an export is a formula to a spreadsheet, and an import takes the guard away', async () => {
  const press = await openNewsroom()
  const csv = await taken(
    press,
    'in.csv',
    'email,name\n=cmd@example.org,"=HYPERLINK(""https://evil.example"")"\n',
  )
  expect(csv).toContain(`'=cmd@example.org,"'=HYPERLINK(""https://evil.example"")"`)
  expect(await taken(await openNewsroom(), 'again.csv', csv)).toBe(csv)
})

test('signed-up readers keep their times, their choices and where they agreed', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  await press.http.inject({
    method: 'POST',
    url: '/newsletter',
    payload: 'email=anna@example.org&name=Anna&frequency=daily&form=front-page',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const file = path.join(press.dataDir, 'out.csv')
  await press.newsletter.readers.exportTo(file)
  const csv = await readFile(file, 'utf8')
  expect(csv).toMatch(/anna@example\.org,Anna,pending,daily,,[^,]+Z,[^,]+Z,,,front-page,,,\r\n$/)
  expect(await taken(await openNewsroom(), 'again.csv', csv)).toBe(csv)
})
