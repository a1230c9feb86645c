import { describe, expect, test } from 'vitest'
import { type Newsroom, openNewsroom, structuredData } from '../support/newsroom.js'

const get = (press: Newsroom, url: string, headers: Record<string, string> = {}) =>
  press.http.inject({ url, headers })

describe('an article', () => {
  test('is found at its address with everything a reader and a search engine look for', async () => {
    const press = await openNewsroom({ SITE_URL: 'https://paper.example' })
    await press.publish({
      slug: 'the-case',
      title: 'The case & its "facts"',
      tags: ['court', 'ink'],
      authors: ['ada-writer', 'ben-editor'],
      updated: '2020-12-26T12:00:00.000Z',
      updateReason: 'the company answered',
      corrections: [{ at: '2020-12-27T12:00:00.000Z', text: 'The year was 2019, not 2018.' }],
      body: '::: report outlet="The Other Paper" byline="C. H." url="https://other.example/a" published="2020-12-21"\nIt said so.\n:::\n',
    })
    const answer = await get(press, '/articles/the-case')
    expect(answer.statusCode).toBe(200)
    const html = answer.body
    expect(html).toContain('<h1>The case &amp; its &quot;facts&quot;</h1>')
    expect(html).toContain('<link rel="canonical" href="https://paper.example/articles/the-case">')
    expect(html).toContain(
      'By <a href="/authors/ada-writer">Ada Writer</a> and <a href="/authors/ben-editor">Ben Editor</a>',
    )
    expect(html).toContain('the company answered')
    expect(html).toContain('The year was 2019, not 2018.')
    expect(html).toContain('<meta property="og:type" content="article">')
    expect(html).toContain('type="application/atom+xml"')
    expect(structuredData(html)).toMatchObject({
      '@type': 'NewsArticle',
      headline: 'The case & its "facts"',
      dateModified: '2020-12-27T12:00:00.000Z',
      author: [{ name: 'Ada Writer' }, { name: 'Ben Editor' }],
      correction: [{ text: 'The year was 2019, not 2018.' }],
      citation: [
        { publisher: { name: 'The Other Paper' }, author: { name: 'C. H.' }, url: 'https://other.example/a' },
      ],
      isBasedOn: ['https://other.example/a'],
    })
  })

  test('can be shared by plain links to every network, without anything of theirs on the page', async () => {
    const press = await openNewsroom({ SITE_URL: 'https://paper.example' })
    await press.publish({ slug: 'shared', title: 'A & B' })
    const { body } = await get(press, '/articles/shared')
    for (const host of [
      'x.com',
      'www.facebook.com',
      'www.linkedin.com',
      'www.reddit.com',
      't.me',
      'wa.me',
      'bsky.app',
      'mastodonshare.com',
      'www.threads.net',
    ]) {
      expect(body).toContain(`href="https://${host}/`)
    }
    expect(body).toContain('href="mailto:?subject=A%20%26%20B')
    expect(body).not.toMatch(/<(script|img|iframe|link)[^>]+(src|srcset)="(https?:)?\/\//)
  })

  test('that is unknown, a draft or scheduled is not there; one withdrawn is gone with its reason', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'a-draft', status: 'draft', title: 'Secret draft' })
    await press.publish({ slug: 'to-come', status: 'scheduled', title: 'Secret plan' })
    await press.publish({ slug: 'taken-back', status: 'withdrawn', withdrawnReason: 'A court ordered it.' })
    for (const slug of ['nowhere', 'a-draft', 'to-come', '%00', 'UPPER', 'x'.repeat(3_000)]) {
      const answer = await get(press, `/articles/${slug}`)
      expect(answer.statusCode).toBe(404)
      expect(answer.body).not.toContain('Secret')
    }
    const gone = await get(press, '/articles/taken-back')
    expect(gone.statusCode).toBe(410)
    expect(gone.body).toContain('A court ordered it.')
    expect((await get(press, '/search?q=secret')).body).toContain('Nothing was found')
  })

  test('leads from its former address to the one it has', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'first-name' })
    await press.publish({ slug: 'second-name', formerSlugs: ['first-name'] })
    const answer = await get(press, '/articles/first-name')
    expect(answer.statusCode).toBe(301)
    expect(answer.headers.location).toBe('/articles/second-name')
    expect((await get(press, '/articles/second-name')).statusCode).toBe(200)
  })

  test('carries the site’s quick note, its own, or none', async () => {
    const press = await openNewsroom()
    const { identity } = await press.site.site()
    await press.site.saveIdentity({ ...identity, quickNote: { show: true, text: 'The *site* says.' } })
    await press.publish({ slug: 'with' })
    await press.publish({ slug: 'own', quickNote: 'The article says.' })
    await press.publish({ slug: 'without', quickNote: false })
    expect((await get(press, '/articles/with')).body).toContain('<p>The <em>site</em> says.</p>')
    expect((await get(press, '/articles/own')).body).toContain('<p>The article says.</p>')
    expect((await get(press, '/articles/without')).body).not.toContain('quick-note"')
  })

  test('leads to related stories and to its neighbours in time', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'oldest', title: 'The oldest', tags: ['paper'] })
    await press.publish({ slug: 'middle', title: 'The middle', tags: ['ink'] })
    await press.publish({ slug: 'newest', title: 'The newest', tags: ['paper', 'ink'] })
    const { body } = await get(press, '/articles/middle')
    expect(body).toMatch(/rel="prev" href="\/articles\/oldest"/)
    expect(body).toMatch(/rel="next" href="\/articles\/newest"/)
    const related = body.slice(body.indexOf('Related stories'))
    expect(related).toContain('The newest')
  })
})

describe('lists', () => {
  test('are walked by their neighbours and show every story once', async () => {
    const press = await openNewsroom()
    for (let count = 0; count < 30; count++)
      await press.publish({ tags: ['ink'], published: `2020-12-0${1 + (count % 3)}T00:00:00.000Z` })
    for (const path of [
      '/archive',
      '/sections/security',
      '/tags/ink',
      '/authors/staff',
      '/archive/2020/12',
    ]) {
      const seen: string[] = []
      let url: string | undefined = path
      let last = path
      while (url) {
        const { body, statusCode } = await get(press, url)
        expect(statusCode).toBe(200)
        seen.push(...storiesOf(body))
        last = url
        url = linkOf(body, 'next')
      }
      expect(new Set(seen).size).toBe(30)
      expect(seen.length).toBe(30)
      const back = linkOf((await get(press, last)).body, 'prev')
      expect(storiesOf((await get(press, back as string)).body)).toEqual(seen.slice(12, 24))
    }
  })

  test('say to search engines what they list, each in words of its own', async () => {
    const press = await openNewsroom()
    await press.publish({ tags: ['court'], published: '2020-12-24T09:00:00.000Z' })
    const described = async (url: string) =>
      /<meta name="description" content="([^"]+)">/.exec((await get(press, url)).body)?.[1]
    const urls = ['/archive', '/archive/2020/12', '/tags/court', '/sections/security', '/authors/staff']
    const said = await Promise.all(urls.map(described))
    expect(said).not.toContain(undefined)
    expect(new Set(said).size).toBe(urls.length)
  })

  test('that nobody keeps are not there, and a broken cursor is refused', async () => {
    const press = await openNewsroom()
    for (const url of [
      '/sections/none',
      '/tags/none',
      '/authors/none',
      '/archive/2020/13',
      '/archive/20/1',
      '/pages/none',
    ]) {
      expect((await get(press, url)).statusCode).toBe(404)
    }
    for (const query of ['before=1', 'before=x&before=y', "before=' or 1=1 --", 'after=%00']) {
      expect((await get(press, `/archive?${query}`)).statusCode).toBe(422)
    }
  })

  test('of a month follow the site’s time zone', async () => {
    const press = await openNewsroom()
    const { identity } = await press.site.site()
    await press.site.saveIdentity({ ...identity, timeZone: 'America/New_York' })
    await press.publish({ title: 'New Year’s Eve', published: '2021-01-01T03:00:00.000Z' })
    expect((await get(press, '/archive/2020/12')).body).toContain('New Year’s Eve')
    expect((await get(press, '/archive/2021/01')).body).not.toContain('New Year’s Eve')
    expect((await get(press, '/archive')).body).toContain('href="/archive/2020/12"')
  })

  test('the front page shows the chosen lead, fills up by date and repeats nothing', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'chosen', title: 'Chosen lead' })
    for (let count = 0; count < 6; count++) await press.publish({ section: count % 2 ? 'press' : 'security' })
    await press.articles.desk.saveFrontPage(['chosen'])
    const { body } = await get(press, '/')
    const stories = storiesOf(body)
    expect(stories[0]).toBe('chosen')
    expect(new Set(stories).size).toBe(stories.length)
    expect(stories.length).toBe(7)
  })

  test('an empty paper says so instead of looking broken', async () => {
    const press = await openNewsroom()
    expect((await get(press, '/')).body).toContain('Nothing is published yet')
    expect((await get(press, '/archive')).body).toContain('Nothing is published here yet')
    expect((await get(press, '/corrections')).body).toContain('No correction has been published')
  })

  test('corrections stand on their page, newest first', async () => {
    const press = await openNewsroom()
    await press.publish({ corrections: [{ at: '2020-12-01T00:00:00.000Z', text: 'The older one.' }] })
    await press.publish({ corrections: [{ at: '2020-12-02T00:00:00.000Z', text: 'The newer one.' }] })
    const { body } = await get(press, '/corrections')
    expect(body.indexOf('The newer one.')).toBeGreaterThan(0)
    expect(body.indexOf('The newer one.')).toBeLessThan(body.indexOf('The older one.'))
  })
})

describe('answers', () => {
  test('carry a strong ETag and Last-Modified, and are not sent again to who has them', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'kept' })
    await new Promise(resolve => setTimeout(resolve, 1_100)) // HTTP dates count whole seconds
    const first = await get(press, '/articles/kept')
    const etag = String(first.headers.etag)
    const modified = String(first.headers['last-modified'])
    expect(etag).toMatch(/^"[\w-]+"$/)
    const conditions: Record<string, string>[] = [
      { 'if-none-match': etag },
      { 'if-none-match': `W/"x", ${etag}` },
      { 'if-modified-since': modified },
    ]
    for (const headers of conditions) {
      const again = await get(press, '/articles/kept', headers)
      expect(again.statusCode).toBe(304)
      expect(again.body).toBe('')
    }
    await press.publish({ slug: 'kept', title: 'Changed since' })
    expect((await get(press, '/articles/kept', { 'if-none-match': etag })).statusCode).toBe(200)
  })

  test('come compressed as the client asks, each form under an ETag of its own', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'packed' })
    const etags = new Set<unknown>()
    for (const [accept, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['identity', undefined],
      ['', undefined],
    ] as const) {
      const answer = await get(press, '/articles/packed', { 'accept-encoding': accept })
      expect(answer.headers['content-encoding']).toBe(encoding)
      expect(answer.headers.vary).toContain('Accept-Encoding')
      etags.add(answer.headers.etag)
    }
    expect(etags.size).toBe(3)
  })

  test('to HEAD have the headers of GET and no body', async () => {
    const press = await openNewsroom()
    await press.publish({ slug: 'headed' })
    const head = await press.http.inject({ method: 'HEAD', url: '/articles/headed' })
    const whole = await get(press, '/articles/headed')
    expect(head.statusCode).toBe(200)
    expect(head.body).toBe('')
    expect(head.headers['content-length']).toBe(whole.headers['content-length'])
    expect(head.headers.etag).toBe(whole.headers.etag)
  })
})

function storiesOf(html: string): string[] {
  return [...html.matchAll(/<h[23]><a href="\/articles\/([^"]+)"/g)].map(([, slug]) => slug as string)
}

function linkOf(html: string, rel: string): string | undefined {
  return new RegExp(`rel="${rel}" href="([^"]+)"`).exec(html)?.[1]?.replace(/&amp;/g, '&')
}
