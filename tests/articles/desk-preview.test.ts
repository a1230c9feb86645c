import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { type Colleague, colleague } from '../support/desk.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'

const DAY = 86_400_000

test('the preview is the readers’ own page, made of the working copy', async () => {
  const press = await openNewsroom({}, { clock: movableClock().clock })
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  await save(writer, id, {
    title: 'Ink is dear',
    dek: 'Dearer yet',
    body: '## A heading\n\nText.',
    tags: 'Mills, mills',
  })
  const framed = await writer.get(`/admin/articles/${id}/preview/page`)
  expect(framed.headers['x-frame-options']).toBe('SAMEORIGIN')
  expect(framed.headers['cache-control']).toBe('no-store')
  await press.db.transaction(tx => press.articles.manuscripts.file(tx, id, { status: 'published' }))
  const printed = await press.http.inject('/articles/ink-is-dear')
  expect(story(framed.body)).toBe(story(printed.body))
  const preview = await writer.get(`/admin/articles/${id}/preview`)
  expect(preview.body).toContain(
    `<iframe class="preview-frame preview-phone" src="/admin/articles/${id}/preview/page"`,
  )
})

test('without scripts the form asks for its own preview, which shows what was typed', async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  const fields = { ...(await formFields(writer, id)), title: 'Typed just now' }
  const answer = await writer.post(`/admin/articles/${id}/preview`, fields)
  expect([answer.statusCode, answer.headers.location]).toEqual([303, `/admin/articles/${id}/preview`])
  expect((await writer.get(`/admin/articles/${id}/preview/page`)).body).toContain('Typed just now')
})

test('a secret link shows the draft to anybody, says so, and is kept and listed by no machine', async () => {
  const { press, address } = await shared()
  const answer = await press.http.inject(address)
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toContain('A draft, not published')
  expect(answer.body).toContain('Ink is dear')
  expect(answer.body).toContain('<meta name="robots" content="noindex">')
  expect(answer.headers['x-robots-tag']).toContain('noindex')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers['referrer-policy']).toBe('no-referrer')
  expect(answer.headers['set-cookie']).toBeUndefined()
  for (const leak of [
    'rel="canonical"',
    'og:url',
    'application/ld+json',
    'article:published_time',
    '/articles/draft-',
  ])
    expect(answer.body).not.toContain(leak)
  for (const machine of [
    '/feed.xml',
    '/atom.xml',
    '/feed.json',
    '/sitemap.xml',
    '/news-sitemap.xml',
    '/robots.txt',
  ])
    expect((await press.http.inject(machine)).body).not.toMatch(/\/preview\/|Ink is dear/)
})

test('only the hash of a secret link is stored, and the address is in no log', async () => {
  const { press, address } = await shared()
  await press.http.inject(address)
  const token = address.split('/').at(-1) ?? ''
  expect(JSON.stringify(await press.db.all(sql`select * from preview_links limit 5`))).not.toContain(token)
  expect(press.logged()).not.toContain(token)
})

test('a secret link closes when its time is over, when it is revoked, and when the draft is thrown away', async () => {
  const { press, address, writer, id, advance } = await shared('7')
  advance(7 * DAY - 1)
  expect((await press.http.inject(address)).statusCode).toBe(200)
  advance(1)
  const expired = await press.http.inject(address)
  expect(expired.statusCode).toBe(404)
  expect(expired.body).toContain('This link has expired or was revoked')

  const second = await share(writer, id, '1')
  const { body } = await writer.get(`/admin/articles/${id}/preview`)
  const removal = /action="([^"]+\/removal)"/.exec(body)?.[1] ?? ''
  expect((await writer.post(removal)).statusCode).toBe(303)
  expect((await press.http.inject(second)).statusCode).toBe(404)

  const third = await share(writer, id, '1')
  await press.db.run(sql`update articles set trashed = '2021-01-12T00:00:00.000Z' where id = ${id}`)
  expect((await press.http.inject(third)).statusCode).toBe(404)
  expect((await press.http.inject(`/preview/${'x'.repeat(32)}`)).statusCode).toBe(404)
})

test('links are made and revoked by those only who may work on the article', async () => {
  const { press, id, address } = await shared()
  const stranger = await colleague(press, 'author', 'A stranger')
  expect((await stranger.get(`/admin/articles/${id}/preview`)).statusCode).toBe(404)
  expect((await stranger.get(`/admin/articles/${id}/preview/page`)).statusCode).toBe(404)
  expect((await stranger.post(`/admin/articles/${id}/preview-links`, { days: '7' })).statusCode).toBe(404)
  const hash = createHash('sha256')
    .update(address.split('/').at(-1) ?? '')
    .digest('hex')
  expect((await stranger.post(`/admin/articles/${id}/preview-links/${hash}/removal`)).statusCode).toBe(404)
  expect((await press.http.inject(address)).statusCode).toBe(200)
})

async function shared(days = '7') {
  const { clock, advance } = movableClock()
  const press: Newsroom = await openNewsroom({}, { clock })
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  await save(writer, id, { title: 'Ink is dear', body: 'Text.' })
  return { press, writer, id, advance, address: await share(writer, id, days) }
}

async function share(writer: Colleague, id: string, days: string): Promise<string> {
  const answer = await writer.post(`/admin/articles/${id}/preview-links`, { days })
  expect(answer.statusCode).toBe(200)
  return /value="http:\/\/localhost:\d+(\/preview\/[\w-]+)"/.exec(answer.body)?.[1] ?? ''
}

// Where it may be shared from is all that a draft's page lacks.
function story(html: string): string {
  const [article = ''] = /<article class="story">[\s\S]*<\/article>/.exec(html) ?? []
  return article
    .replace(/<section class="share"[\s\S]*?<\/section>/, '')
    .replace(/<p class="print-address"[^\n]*/, '')
    .replace(/\n+/g, '\n')
}
