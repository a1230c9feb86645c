import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { addReaders } from '../support/readers.js'

const list = '/admin/newsletter/readers'

const addresses = (body: string) =>
  [...body.matchAll(/class="title"[^>]*><bdi dir="ltr">([^<]+)/g)].map(([, email]) => email)

async function readerAddress(press: Press, email: string): Promise<string> {
  const owner = await colleague(press, 'owner', 'Finder')
  const { body } = await owner.get(`${list}?q=${encodeURIComponent(email)}`)
  return /\/admin\/newsletter\/readers\/[0-9a-f-]{36}/.exec(body)?.[0] ?? ''
}

test('readers who are brought in are on the list, once', async () => {
  const press = await openPress()
  await addReaders(press, 1_200)
  await addReaders(press, 1_201)
  expect((await press.newsletter.signUpsPerDay(1)).active).toBe(1_201)
})

test('the list shows the newest readers first and leads from page to page', async () => {
  const press = await openPress()
  await addReaders(press, 120)
  const editor = await colleague(press, 'editor')
  const seen: (string | undefined)[] = []
  let next: string | undefined = list
  while (next) {
    const { body } = await editor.get(next)
    seen.push(...addresses(body))
    next = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toHaveLength(120)
  expect(seen).toEqual([...seen].sort().reverse())
})

test('readers are found by the beginnings of words in address and name, by domain and by address', async () => {
  const press = await openPress()
  const people = [
    { email: 'anna.schmidt@example.org', name: 'Änne Schmidt' },
    { email: 'bob@news.example', name: 'Bob Schmitt' },
    { email: 'info@example.org', name: '' },
  ]
  await addReaders(press, 3, number => ({ ...people[number - 1], key: people[number - 1]?.email ?? '' }))
  const editor = await colleague(press, 'editor')
  const found = async (q: string) => addresses((await editor.get(`${list}?q=${encodeURIComponent(q)}`)).body)
  expect(await found('schm')).toEqual(['bob@news.example', 'anna.schmidt@example.org'])
  expect(await found('anne schmidt')).toEqual(['anna.schmidt@example.org'])
  expect(await found('@example.org')).toEqual(['info@example.org', 'anna.schmidt@example.org'])
  expect(await found('Bob@News.Example')).toEqual(['bob@news.example'])
  expect(await found('" OR *')).toEqual([])
  expect(await found('nobody')).toEqual([])
})

test('the list is narrowed by state, frequency, section and date, and counts its states', async () => {
  const { clock } = movableClock('2021-03-04T12:00:00.000Z')
  const press = await openNewsroom({}, { clock })
  const [section] = await press.articles.reading.sections()
  const fields = [
    { status: 'pending' as const },
    { frequency: 'daily' as const, sections: [section?.id ?? ''] },
    { status: 'unsubscribed' as const, created: '2020-01-01T00:00:00.000Z' },
    { suppressed: { reason: 'hard-bounce' as const, detail: '550 no such user' } },
  ]
  await addReaders(press, 4, number => fields[number - 1] ?? {})
  const editor = await colleague(press, 'editor')
  const page = async (query: string) => (await editor.get(`${list}?${query}`)).body
  expect(addresses(await page('state=pending'))).toEqual(['reader000001@example.org'])
  expect(addresses(await page('state=suppressed'))).toEqual(['reader000004@example.org'])
  expect(addresses(await page('frequency=daily'))).toEqual(['reader000002@example.org'])
  expect(addresses(await page(`section=${section?.slug}&state=active`))).toEqual(['reader000002@example.org'])
  expect(addresses(await page('to=2020-01-31'))).toEqual(['reader000003@example.org'])
  expect(addresses(await page('from=2021-03-04&to=2021-03-04'))).toHaveLength(3)
  const text = (await page('')).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  expect(text).toContain('All 4 Not confirmed yet 1 Gets mail 1 Left 1 Suppressed 1')
  expect(text).toContain('Suppressed: bounced')
})

test('an editor changes a reader, takes one off the list and back again; the trail holds no address', async () => {
  const press = await openNewsroom()
  await addReaders(press, 1)
  const editor = await colleague(press, 'editor')
  const owner = await colleague(press, 'owner')
  const address = await readerAddress(press, 'reader000001@example.org')
  const [section] = await press.articles.reading.sections()
  await editor.post(address, { name: 'Nadja', frequency: 'every', sections: section?.slug ?? '' })
  await editor.post(`${address}/departure`)
  expect((await editor.get(`${list}?state=unsubscribed`)).body).toContain('Nadja')
  await editor.post(`${address}/return`)
  const page = (await editor.get(address)).body
  expect(page).toContain('Gets mail')
  expect(page).toContain('frequency weekly → every')
  expect(page).toMatch(new RegExp(`value="${section?.slug}" checked`))
  const trail = (await owner.get('/admin/audit')).body
  expect(trail).toContain('A reader')
  expect(trail).not.toContain('reader000001')
})

test('who left by their own click is not brought back from the desk', async () => {
  const press = await openPress()
  await addReaders(press, 1, { status: 'unsubscribed' })
  const editor = await colleague(press, 'editor')
  const address = await readerAddress(press, 'reader000001@example.org')
  expect((await editor.post(`${address}/return`)).statusCode).toBe(409)
})

test('a suppressed reader gets no mail until somebody lifts it, and both say why', async () => {
  const press = await openPress()
  await addReaders(press, 1)
  const editor = await colleague(press, 'editor')
  const address = await readerAddress(press, 'reader000001@example.org')
  expect((await editor.post(`${address}/suppression`, { reason: ' ' })).statusCode).toBe(422)
  await editor.post(`${address}/suppression`, { reason: 'asked by letter' })
  expect((await editor.get(address)).body).toContain('asked by letter')
  expect((await press.newsletter.signUpsPerDay(1)).active).toBe(0)
  await editor.post(`${address}/lift`, { reason: 'asked again' })
  expect((await press.newsletter.signUpsPerDay(1)).active).toBe(1)
})

test('an erased reader is gone from list and search, and no import brings them back', async () => {
  const press = await openPress()
  await addReaders(press, 2)
  const editor = await colleague(press, 'editor')
  const address = await readerAddress(press, 'reader000001@example.org')
  await editor.post(`${address}/erasure`)
  expect((await editor.get(address)).statusCode).toBe(404)
  await addReaders(press, 2)
  expect(addresses((await editor.get(`${list}?q=reader`)).body)).toEqual(['reader000002@example.org'])
})

test('a reader added by hand needs a source, is asked to confirm, and is not added twice', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const form = { email: 'new@example.org', name: 'New', frequency: 'weekly', source: '', mode: 'confirm' }
  const rejected = await editor.post(`${list}/new`, form)
  expect(rejected.statusCode).toBe(422)
  expect(rejected.body).toContain('Say where and how this reader agreed')
  expect(rejected.body).toContain('value="new@example.org"')
  const made = await editor.post(`${list}/new`, { ...form, source: 'On paper' })
  expect(made.statusCode).toBe(303)
  const page = (await editor.get(String(made.headers.location))).body
  expect(page).toContain('Not confirmed yet')
  expect(page).toContain('On paper')
  const again = await editor.post(`${list}/new`, { ...form, source: 'On paper' })
  expect(again.statusCode).toBe(422)
  expect(again.body).toContain('on the list already')
})

test('a confirmation is sent again, thrice a day at most', async () => {
  const press = await openPress()
  await addReaders(press, 1, { status: 'pending' })
  const editor = await colleague(press, 'editor')
  const address = await readerAddress(press, 'reader000001@example.org')
  for (const status of [303, 303, 303, 429])
    expect((await editor.post(`${address}/confirmation`)).statusCode).toBe(status)
})

test('only an owner takes the whole list out, as a file that is stored nowhere', async () => {
  const press = await openPress()
  await addReaders(press, 3)
  const editor = await colleague(press, 'editor')
  expect((await editor.post(`${list}/export`)).statusCode).toBe(403)
  const owner = await colleague(press, 'owner')
  const answer = await owner.post(`${list}/export`)
  expect(answer.headers['content-disposition']).toContain('readers.csv')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body.split('\r\n')).toHaveLength(5)
  expect((await owner.get('/admin/audit')).body).toContain('exported')
})

test('authors see nothing of readers', async () => {
  const press = await openPress()
  const author = await colleague(press, 'author')
  expect((await author.get(list)).statusCode).toBe(403)
})
