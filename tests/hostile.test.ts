import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { couldBeCodename } from '../src/tips/codename.js'
import { join } from './support/newsletter.js'
import { openNewsroom } from './support/newsroom.js'
import { form, type Press } from './support/press.js'
import { multipart } from './support/tips.js'

/** The Big List of Naughty Strings. */
const naughty: string[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'fixtures/blns.json'), 'utf8'),
)

const odd = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202egnirts desrever',
  'x'.repeat(1_000_000),
  '%',
  '%00',
  '%ff',
  '../'.repeat(50),
  '[['.repeat(5_000),
  '{"a":'.repeat(1_000),
  '__proto__',
  'constructor',
  '-1',
  '1e999',
  'NaN',
  "' or 1=1 --",
]

const addresses = (text: string) => {
  const part = encodeURIComponent(text.toWellFormed()).slice(0, 15_000)
  return [
    `/articles/${part}`,
    `/sections/${part}`,
    `/tags/${part}/feed.xml`,
    `/authors/${part}`,
    `/archive/${part}/12`,
    `/archive?before=${part}`,
    `/archive?after=${part}&after=${part}`,
    `/corrections?before=${part}`,
    `/search?q=${part}`,
    `/search?q=${part}&q=${part}`,
    `/search?q=a&page=${part}`,
    `/pages/${part}`,
    `/newsletter/confirm/${part}`,
    `/newsletter/unsubscribe/${part}`,
    `/newsletter/preferences/${part}`,
    `/newsletter/preferences/${part}/data.json`,
    `/newsletter/preferences/${part}/erasure`,
    `/newsletter/move/${part}`,
    `/newsletter/issues?before=${part}`,
    `/newsletter/issues/${part}`,
    `/newsletter/go/${part}`,
    `/newsletter/go/${part}/${part}`,
    `/media/${part}`,
    `/assets/${part}`,
    `/sitemap-articles-${part}.xml`,
    `/tips/${part}`,
    `/admin/setup?token=${part}`,
    `/${part}`,
  ]
}

const newsletterForms = (text: string): Record<string, string>[] => [
  { email: text },
  { email: `${text}@example.org` },
  { email: `a@${text}.org` },
  { email: 'reader@example.org', name: text },
  { email: 'reader@example.org', frequency: text },
  { email: 'reader@example.org', form: text },
  { email: 'reader@example.org', sections: text },
  { email: 'reader@example.org', started: text },
  { email: 'reader@example.org', website: text },
  { [text]: text },
]

/** Nothing breaks, and no markup that was sent comes back as markup. */
function expectHarmless(
  answer: { statusCode: number; body: string; headers: Record<string, unknown> },
  sent: string,
  where: string,
) {
  expect(answer.statusCode, where).toBeLessThan(500)
  if (/<[a-z/!]/i.test(sent) && sent.length > 4) expect(answer.body.includes(sent), where).toBe(false)
  if (answer.statusCode >= 400)
    expect(String(answer.headers['content-type']), where).toMatch(/text\/html|application\/json/)
}

async function expectAddressesHold(press: Press, text: string): Promise<void> {
  for (const url of addresses(text)) {
    expectHarmless(await press.http.inject({ url }), text, `GET ${url.slice(0, 200)}`)
  }
}

/** The forms of a reader's own page, and posts to addresses that name nobody. */
async function expectOwnFormsHold(press: Press, own: string, text: string): Promise<void> {
  const part = encodeURIComponent(text.toWellFormed()).slice(0, 15_000)
  const posts: [string, Record<string, string> | [string, string][]][] = [
    [own, { name: text }],
    [own, { frequency: text }],
    [
      own,
      [
        ['sections', text],
        ['sections', text],
      ],
    ],
    [`${own}/address`, { email: text }],
    [`${own}/address`, { email: `${text}@example.org` }],
    [`/newsletter/preferences/${part}`, { name: text }],
    [`/newsletter/preferences/${part}/erasure`, {}],
    [`/newsletter/unsubscribe/${part}`, { 'List-Unsubscribe': text }],
    [`/newsletter/unsubscribe/${part}/mistake`, {}],
    [`/newsletter/move/${part}`, {}],
  ]
  for (const [url, fields] of posts) {
    const answer = await press.http.inject({ method: 'POST', url, ...form(fields) })
    expectHarmless(answer, text, `POST ${url.slice(0, 100)} ${text.slice(0, 100)}`)
  }
  expectHarmless(await press.http.inject(own), text, `GET ${own} after ${text.slice(0, 100)}`)
}

async function expectFormsHold(press: Press, text: string): Promise<void> {
  for (const fields of newsletterForms(text.toWellFormed())) {
    const where = `POST /newsletter ${JSON.stringify(fields).slice(0, 200)}`
    expectHarmless(
      await press.http.inject({ method: 'POST', url: '/newsletter', ...form(fields) }),
      text,
      where,
    )
  }
}

test('every naughty and odd string in every address gives a page or a clear refusal', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  await press.publish({ tags: ['ink'] })
  for (const text of [...odd, ...naughty]) await expectAddressesHold(press, text)
}, 300_000)

test('every naughty and odd string in every field of the sign-up form does', async () => {
  const press = await openNewsroom()
  const unlimited = await openNewsroom({ RATE_LIMITS: 'off' })
  for (const text of odd) await expectFormsHold(press, text)
  for (const text of naughty) await expectFormsHold(unlimited, text)
}, 300_000)

test('every naughty and odd string in the forms of a reader’s own page does', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const { preferences } = await join(press)
  for (const text of [...odd, ...naughty]) await expectOwnFormsHold(press, preferences, text.toWellFormed())
}, 300_000)

test('every naughty and odd string in the fields and file names of the tip line does', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const post = async (
    url: string,
    body: ReturnType<typeof multipart> | ReturnType<typeof form>,
    text: string,
  ) =>
    expectHarmless(
      await press.http.inject({ method: 'POST', url, ...body }),
      text,
      `POST ${url} ${text.slice(0, 100)}`,
    )
  const texts = [...odd, ...naughty].map(item => item.toWellFormed())
  // What could be seven words is derived slowly on purpose, so not all of that kind can be tried.
  const slow = new Set(texts.filter(couldBeCodename).slice(30))
  for (const text of texts) {
    await post('/tips', form({ message: '', contact: text }), text)
    if (!slow.has(text)) await post('/tips/return', form({ codename: text }), text)
    await post('/tips/return/erasure', form({ codename: text.slice(0, 10), certain: text }), text)
    await post(
      '/tips',
      { ...form({}), payload: `message=&${encodeURIComponent(text)}=${encodeURIComponent(text)}` },
      text,
    )
  }
  const names = naughty.map(item => item.toWellFormed().replace(/[\r\n"]/g, ''))
  for (let start = 0; start < names.length; start += 60) {
    const some = names.slice(start, start + 60)
    const files = some.slice(0, 10).map(name => ({ name, content: 'x' }))
    await post('/tips', multipart({ message: some.join('\n'), contact: some[0] ?? '' }, files), '')
  }
}, 300_000)

test('whatever a client sends, in whatever form and under whatever headers, nothing breaks', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  await press.publish({ slug: 'here' })
  const paths = [
    '/',
    '/articles/here',
    '/search',
    '/newsletter',
    '/tips',
    '/tips/return',
    '/admin',
    '/admin/sign-in',
    '/feed.xml',
    '/contribute',
    '/nowhere',
  ]
  const header = fc
    .string({ minLength: 1, maxLength: 100 })
    .map(text => text.replace(/[^\t\x20-\x7e]/g, '?').trim() || '?')
  const type = fc.oneof(
    fc.constantFrom(
      'application/x-www-form-urlencoded',
      'application/json',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'text/plain',
      'image/png',
      '',
    ),
    header,
  )
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        url: fc
          .tuple(fc.constantFrom(...paths), fc.webQueryParameters())
          .map(([at, query]) => `${at}?${query}`),
        method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
        payload: fc.oneof(fc.string({ unit: 'binary' }), fc.webQueryParameters(), fc.json()),
        contentType: type,
        encoding: header,
        ifNoneMatch: header,
        ifModifiedSince: header,
      }),
      async ({ url, method, payload, contentType, encoding, ifNoneMatch, ifModifiedSince }) => {
        const headers = {
          'accept-encoding': encoding,
          'if-none-match': ifNoneMatch,
          'if-modified-since': ifModifiedSince,
          ...(method !== 'GET' && method !== 'HEAD' && { 'content-type': contentType }),
        }
        const sends = method === 'GET' || method === 'HEAD' ? {} : { payload: payload.toWellFormed() }
        const answer = await press.http.inject({ url, method: method as 'GET', headers, ...sends })
        expect(answer.statusCode, `${method} ${url} ${contentType}`).toBeLessThan(500)
      },
    ),
    { numRuns: 400 },
  )
}, 300_000)
