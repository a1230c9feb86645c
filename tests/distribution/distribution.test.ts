import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith'
import { expect, test } from 'vitest'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'

async function paper() {
  const press = await openNewsroom({ SITE_URL: 'https://paper.example' })
  await press.publish({
    slug: 'older',
    title: 'Older & wiser',
    tags: ['ink'],
    authors: ['ada-writer', 'ben-editor'],
  })
  await press.publish({
    slug: 'corrected',
    title: 'Corrected',
    section: 'press',
    tags: ['paper'],
    body: 'See [the archive](/archive).[^1] Odd: \u0007]]>\n\n[^1]: A note.',
    corrections: [{ at: '2021-01-02T00:00:00.000Z', text: 'It was *two*.' }],
  })
  const read = async (url: string) => (await press.http.inject(url)).body
  return { press, read }
}

test('RSS carries full text, all authors and categories, with absolute addresses', async () => {
  const { read } = await paper()
  const feed = parseRssFeed(await read('/feed.xml'))
  expect(feed.items?.map(item => item.title)).toEqual(['Corrected', 'Older & wiser'])
  const [corrected, older] = feed.items ?? []
  expect(older?.dc?.creators).toEqual(['Ada Writer', 'Ben Editor'])
  expect(older?.categories?.map(category => category.name)).toEqual(['Security', 'ink'])
  expect(corrected?.content?.encoded).toContain('<a href="https://paper.example/archive">')
  expect(corrected?.content?.encoded).toContain('href="https://paper.example/articles/corrected#fn1"')
  expect(corrected?.content?.encoded).toContain('It was <em>two</em>.')
})

test('Atom says when an article was last corrected', async () => {
  const { read } = await paper()
  const feed = parseAtomFeed(await read('/atom.xml'))
  expect(feed.updated).toBe('2021-01-02T00:00:00.000Z')
  expect(feed.entries?.[0]?.updated).toBe('2021-01-02T00:00:00.000Z')
  expect(feed.entries?.[1]?.authors?.map(author => author.name)).toEqual(['Ada Writer', 'Ben Editor'])
})

test('JSON Feed carries the same', async () => {
  const { read } = await paper()
  const feed = parseJsonFeed(await read('/feed.json'))
  expect(feed.items?.[1]).toMatchObject({ url: 'https://paper.example/articles/older', tags: ['ink'] })
})

test('sections, subjects and authors have feeds of their own', async () => {
  const { press, read } = await paper()
  for (const page of ['/sections/press', '/tags/paper']) {
    const feed = parseRssFeed(await read(`${page}/feed.xml`))
    expect(feed.items?.map(item => item.title)).toEqual(['Corrected'])
    expect(feed.link).toBe(`https://paper.example${page}`)
  }
  expect(parseAtomFeed(await read('/authors/ada-writer/atom.xml')).entries?.length).toBe(1)
  expect((await press.http.inject('/tags/none/feed.xml')).statusCode).toBe(404)
})

test('the sitemap index leads to every article and page', async () => {
  const { press, read } = await paper()
  const index = await read('/sitemap.xml')
  const chunks = [...index.matchAll(/<loc>https:\/\/paper\.example(\/[^<]+)<\/loc>/g)].map(
    ([, url]) => url as string,
  )
  const all = (await Promise.all(chunks.map(read))).join('')
  for (const url of ['/articles/older', '/articles/corrected', '/sections/press', '/contribute', '/']) {
    expect(all).toContain(`<loc>https://paper.example${url}</loc>`)
  }
  expect((await press.http.inject('/sitemap-articles-2019-01-1.xml')).statusCode).toBe(404)
})

test('the news sitemap of a silent paper is empty, not an error', async () => {
  const press = await openNewsroom()
  await press.publish()
  const answer = await press.http.inject('/news-sitemap.xml')
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toMatch(/<urlset [^>]*><\/urlset>$/)
})

test('the news sitemap holds the last two days and nothing older', async () => {
  const { clock } = movableClock('2020-12-24T12:00:00.000Z')
  const press = await openNewsroom({}, { clock })
  await press.publish({ slug: 'fresh', title: 'Fresh <news>', published: '2020-12-23T12:00:00.000Z' })
  await press.publish({ slug: 'stale', published: '2020-12-22T11:00:00.000Z' })
  const { body } = await press.http.inject('/news-sitemap.xml')
  expect(body).toContain('/articles/fresh</loc>')
  expect(body).toContain('<news:title>Fresh &lt;news&gt;</news:title>')
  expect(body).not.toContain('stale')
})

test('crawlers and people who found a hole are told where to go', async () => {
  const { press, read } = await paper()
  expect(await read('/robots.txt')).toContain('Sitemap: https://paper.example/sitemap.xml')
  const notice = await read('/.well-known/security.txt')
  expect(notice).toMatch(/^Contact: /)
  const expires = Date.parse(/^Expires: (.+)$/m.exec(notice)?.[1] ?? '')
  expect(expires).toBeGreaterThan(Date.now())
  expect(expires).toBeLessThan(Date.now() + 365 * 86_400_000)
  expect((await press.http.inject('/humans.txt')).headers['content-type']).toContain('text/plain')
})

test('feeds answer 304 to who has them', async () => {
  const { press } = await paper()
  const { headers } = await press.http.inject('/feed.xml')
  const again = await press.http.inject({
    url: '/feed.xml',
    headers: { 'if-none-match': String(headers.etag) },
  })
  expect(again.statusCode).toBe(304)
})
