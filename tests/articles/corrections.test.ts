import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith'
import { expect, test } from 'vitest'
import { readArticleFile } from '../../src/articles/front-matter.js'
import { type Colleague, colleague } from '../support/desk.js'
import { type Newsroom, openNewsroom, structuredData } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'

const wrong = 'An earlier version said that the court sat on 4 June'
const right = 'It sat on 5 June.'
const sentence = `${wrong}. ${right}`

async function newsroom() {
  const { clock, advance } = movableClock('2021-03-01T10:00:00.000Z')
  const press = await openNewsroom({ SITE_URL: 'https://paper.example' }, { clock })
  await press.publish({ slug: 'court', title: 'The court <sat>' })
  const page = await press.articles.reading.article('court')
  const id = 'id' in page ? page.id : ''
  const read = async (url: string) => (await press.http.inject(url)).body
  return { press, id, read, advance, editor: await colleague(press, 'editor') }
}

const corrections = (id: string) => `/admin/articles/${id}/corrections`

async function firstCorrection({ get }: Colleague, id: string): Promise<string> {
  const { body } = await get(corrections(id))
  return new RegExp(`${corrections(id)}/([0-9a-f-]+)#wrong`).exec(body)?.[1] ?? ''
}

test('a correction stands on the article, the corrections page and in every feed in the next request', async () => {
  const { id, read, editor } = await newsroom()
  expect((await editor.post(corrections(id), { wrong, right })).statusCode).toBe(303)
  const article = await read('/articles/court')
  expect(article).toContain(sentence)
  expect(article).toContain('href="#corrections"')
  expect(structuredData(article)).toMatchObject({
    dateModified: '2021-03-01T10:00:00.000Z',
    correction: [{ '@type': 'CorrectionComment', text: sentence, datePublished: '2021-03-01T10:00:00.000Z' }],
  })
  const page = await read('/corrections')
  expect(page).toContain(sentence)
  expect(page).toContain('type="application/atom+xml" title="Atom" href="/corrections/atom.xml"')
  expect(parseAtomFeed(await read('/atom.xml')).entries?.[0]?.updated).toBe('2021-03-01T10:00:00.000Z')
  expect(parseJsonFeed(await read('/feed.json')).items?.[0]?.date_modified).toBe('2021-03-01T10:00:00.000Z')
  expect(await read('/sitemap-articles-2020-11-1.xml')).toContain(
    '<lastmod>2021-03-01T10:00:00.000Z</lastmod>',
  )
})

test('the corrections have feeds of their own in all three formats', async () => {
  const { id, read, editor } = await newsroom()
  await editor.post(corrections(id), { wrong, right })
  const link = 'https://paper.example/articles/court#corrections'
  const rss = parseRssFeed(await read('/corrections/feed.xml'))
  expect(rss.items?.[0]).toMatchObject({
    link,
    title: 'Correction: The court <sat>',
    description: `<p>${sentence}</p>`,
  })
  const atom = parseAtomFeed(await read('/corrections/atom.xml'))
  expect(atom.entries?.[0]).toMatchObject({ updated: '2021-03-01T10:00:00.000Z' })
  const json = parseJsonFeed(await read('/corrections/feed.json'))
  expect(json.items?.[0]).toMatchObject({ url: link, content_html: `<p>${sentence}</p>` })
})

test('what is marked up in a correction reads in feeds as it does on the page', async () => {
  const { id, read, editor } = await newsroom()
  await editor.post(corrections(id), {
    wrong: 'We said *June*',
    right: 'See [the ruling](/archive) & <b>July</b>.',
  })
  const marked =
    '<p>We said <em>June</em>. See <a href="https://paper.example/archive">the ruling</a> &amp; <b>July</b>.</p>'
  expect(parseRssFeed(await read('/corrections/feed.xml')).items?.[0]?.description).toBe(marked)
  expect(parseJsonFeed(await read('/corrections/feed.json')).items?.[0]?.content_html).toBe(marked)
  const { content_html: story } = parseJsonFeed(await read('/feed.json')).items?.[0] ?? {}
  expect(story).toContain(marked.slice('<p>'.length))
})

test('search engines are told a correction in words, without its markup', async () => {
  const { id, read, editor } = await newsroom()
  await editor.post(corrections(id), {
    wrong: 'We said *June*',
    right: 'See [the ruling](/archive) & `1 < 2`.',
  })
  expect(structuredData(await read('/articles/court'))).toMatchObject({
    correction: [{ text: 'We said June. See the ruling & 1 < 2.' }],
  })
})

test('rewording keeps the date of a correction and moves the feeds’ date of change', async () => {
  const { id, read, editor, advance } = await newsroom()
  await editor.post(corrections(id), { wrong, right })
  const correction = await firstCorrection(editor, id)
  expect((await editor.get(`${corrections(id)}/${correction}`)).body).toContain(wrong)
  advance(3_600_000)
  await editor.post(`${corrections(id)}/${correction}`, { wrong, right: 'It sat on 6 June.' })
  const [entry] = parseAtomFeed(await read('/corrections/atom.xml')).entries ?? []
  expect(entry).toMatchObject({
    id: `urn:uuid:${correction}`,
    published: '2021-03-01T10:00:00.000Z',
    updated: '2021-03-01T11:00:00.000Z',
  })
  expect(await read('/sitemap-articles-2020-11-1.xml')).toContain(
    '<lastmod>2021-03-01T11:00:00.000Z</lastmod>',
  )
})

test('a correction that is taken back is gone everywhere', async () => {
  const { id, read, editor } = await newsroom()
  await editor.post(corrections(id), { wrong, right })
  await editor.post(`${corrections(id)}/${await firstCorrection(editor, id)}/removal`)
  for (const url of ['/articles/court', '/corrections', '/corrections/feed.xml'])
    expect(await read(url)).not.toContain('5 June')
  expect(await read('/sitemap-articles-2020-11-1.xml')).not.toContain('2021-03-01')
})

test('a correction that was taken back can be put back as it was', async () => {
  const { id, read, editor } = await newsroom()
  await editor.post(corrections(id), { wrong, right })
  const correction = await firstCorrection(editor, id)
  await editor.post(`${corrections(id)}/${correction}/removal`)
  expect((await editor.post(`${corrections(id)}/${correction}/restoration`)).statusCode).toBe(303)
  expect(parseAtomFeed(await read('/corrections/atom.xml')).entries?.[0]?.id).toBe(`urn:uuid:${correction}`)
  expect((await editor.post(`${corrections(id)}/${correction}/restoration`)).statusCode).toBe(409)
})

test('a correction may be dated back, as clocks of the paper show it, but not forward', async () => {
  const { press, id, read, editor } = await newsroom()
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, timeZone: 'Europe/Paris' })
  await editor.post(corrections(id), { wrong, right, at: '2021-02-01T09:30' })
  expect(parseAtomFeed(await read('/corrections/atom.xml')).entries?.[0]?.published).toBe(
    '2021-02-01T08:30:00.000Z',
  )
  const refused = await editor.post(corrections(id), { wrong, right, at: '2021-03-01T11:01' })
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('href="#at"')
})

test('a file’s front matter names a correction by its sentence or by what was wrong and what is right', () => {
  const file = (corrections: string) =>
    readArticleFile(`---\ntitle: T\nslug: t\nsection: s\ncorrections: ${corrections}\n---\nText`).corrections
  expect(file('[{ at: 2021-01-01, text: It was two. }]')).toEqual([
    { at: '2021-01-01T00:00:00.000Z', text: 'It was two.' },
  ])
  expect(file('[{ at: 2021-01-01, wrong: It was two, right: It is three. }]')).toMatchObject([
    { text: 'It was two. It is three.', wrong: 'It was two', right: 'It is three.' },
  ])
  expect(() => file('[{ at: 2021-01-01, wrong: It was two }]')).toThrow('needs a text')
})

test('a correction without both of its sentences comes back with what was typed', async () => {
  const { id, editor } = await newsroom()
  const { statusCode, body } = await editor.post(corrections(id), { wrong: '', right })
  expect(statusCode).toBe(422)
  expect(body).toContain('href="#wrong"')
  expect(body).toContain(right)
})

test('an author corrects own articles only, a contributor none', async () => {
  const { press, id } = await newsroom()
  const author = await colleague(press, 'author')
  expect((await author.get(corrections(id))).statusCode).toBe(404)
  expect((await author.post(corrections(id), { wrong, right })).statusCode).toBe(404)
  const contributor = await colleague(press, 'contributor')
  expect((await contributor.post(corrections(id), { wrong, right })).statusCode).toBe(403)
})

test('the audit trail says who corrected what', async () => {
  const { press, id, editor } = await newsroom()
  await editor.post(corrections(id), { wrong, right })
  expect((await press.audit.verify()).problems).toEqual([])
  expect(await deeds(press)).toContain('corrected The editor')
})

async function deeds(press: Newsroom): Promise<string[]> {
  const { openSqlite } = await import('../../src/foundation/sqlite.js')
  const { sql } = await import('../../src/foundation/database.js')
  const db = openSqlite(`${press.dataDir}/site.db`)
  const rows = (await db.all(sql`select action, account_name as name from audit`)) as {
    action: string
    name: string
  }[]
  await db.close()
  return rows.map(({ action, name }) => `${action} ${name}`)
}

test('a file may say what was wrong and what is right; reading it again keeps the entry in the feeds', async () => {
  const { press, read } = await newsroom()
  const filed = { slug: 'filed', corrections: [{ at: '2021-02-01T00:00:00.000Z', text: 'It was two.' }] }
  await press.publish(filed)
  const before = parseAtomFeed(await read('/corrections/atom.xml')).entries?.[0]?.id
  await press.publish(filed)
  expect(parseAtomFeed(await read('/corrections/atom.xml')).entries?.[0]?.id).toBe(before)
  await press.publish({ slug: 'filed', corrections: [] })
  expect(await read('/corrections')).not.toContain('It was two.')
})
