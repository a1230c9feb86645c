import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { atAGlance, describeInBrowser } from './browser.js'
import { type Colleague, colleague } from './desk.js'
import { listening, signIn } from './editor.js'
import { save } from './manuscripts.js'
import { type Newsroom, openNewsroom } from './newsroom.js'
import { payloads as all } from './payloads.js'
import { form, sharedByTests } from './press.js'
import { filesBelow } from './tips.js'
import { watched, whatRan } from './watched-page.js'

/** A line of a payload, where a text has one line only. */
const line = (payload: string) => payload.replace(/\s*[\r\n]+\s*/g, ' ').slice(0, 300)
const slug = (index: number) => `needle-${index}`
const PER_PAGE = 12
const siteUrl = 'http://localhost:3000'

interface Numbered {
  payload: string
  index: number
}

/** A paper all of whose texts are hostile: each payload is an article, and the names of what it is filed under. */
async function hostilePaper(numbered: Numbered[]): Promise<Newsroom> {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const picture = await press.media.add(
    'hostile.png',
    await readFile(path.join(programFolder, 'data/sample/pictures/hand-press.png')),
  )
  const { desk } = press.articles
  await desk.saveSections(
    numbered.map(({ payload, index }) => ({
      slug: slug(index),
      name: line(payload),
      description: line(payload),
    })),
  )
  await desk.saveTags(numbered.map(({ payload, index }) => ({ slug: slug(index), name: line(payload) })))
  for (const { payload, index } of numbered) {
    const text = line(payload)
    const link = { label: text, url: `https://example.org/?${encodeURIComponent(text)}` }
    await desk.saveAuthor({
      ...{ slug: slug(index), name: text, bio: text, links: [link] },
      ...{ picture: picture.id, pictureAlt: text },
    })
    await press.publish({
      ...{ slug: slug(index), section: slug(index), tags: [slug(index)], authors: [slug(index)] },
      ...{ title: text, dek: text, body: payload, quickNote: text },
      hero: { media: picture.id, alt: text, caption: text, credit: text },
      published: new Date(Date.UTC(2020, 0, 1) + index * 3_600_000).toISOString(),
      updated: '2021-01-01T00:00:00.000Z',
      updateReason: text,
      corrections: [{ at: new Date(Date.UTC(2021, 0, 1) + index * 1_000).toISOString(), text: payload }],
    })
    await press.site.saveStandingPage({ slug: slug(index), title: text, description: text, body: payload })
  }
  return press
}

/**
 * What hostile texts do wherever the paper and the desk show them, in a browser that no policy protects.
 * @param payloads each becomes an article; pages that show the same HTML again see some of each sort
 */
export function hostileBodies(payloads: readonly string[]): void {
  const numbered = payloads.map((payload, index) => ({ payload, index }))
  const every = (step: number) => numbered.filter(({ index }) => index % step === 0)
  describeInBrowser(
    'hostile texts, with no policy to stop them',
    browser => inBrowser(browser, numbered, every),
    atAGlance,
  )
}

function inBrowser(browser: () => Browser, numbered: Numbered[], every: (step: number) => Numbered[]): void {
  let press: Newsroom
  let url: string
  let editor: Colleague

  const shared = sharedByTests(async () => {
    const paper = await hostilePaper(numbered)
    return { paper, address: await listening(paper), owner: await colleague(paper, 'owner', 'Ann Owner') }
  })

  /** The paper, and a page in a browser of its own, signed in or not. */
  const begin = async ({ signedIn = false } = {}): Promise<Page> => {
    const { paper, address, owner } = await shared()
    press = paper
    url = address
    editor = owner
    await findIds()
    return open(signedIn ? editor : undefined)
  }

  const open = async (who?: Colleague): Promise<Page> => {
    const context = await watched(browser(), url, siteUrl)
    onTestFinished(() => context.close())
    if (who) await signIn(context, url, who)
    return context.newPage()
  }

  /** Goes to each address and does there what a reader or an editor may do. */
  const visit = async (page: Page, addresses: string[], ready?: string) => {
    const ran: string[] = []
    for (const address of addresses) {
      const answer = await page.goto(url + address)
      expect(answer?.status(), address).toBe(200)
      if (ready) await page.locator(ready).first().waitFor()
      ran.push(...(await whatRan(page)).map(what => `${address}: ${what}`))
    }
    expect(ran).toEqual([])
  }

  const idOf = (index: number) => articleIds.get(slug(index)) ?? ''
  const articleIds = new Map<string, string>()
  const findIds = async () => {
    for (const { index } of numbered) {
      const article = await press.articles.reading.article(slug(index))
      if ('id' in article) articleIds.set(slug(index), article.id)
    }
  }

  test('there are enough of them, and the watch sees each way to run', { timeout: 60_000 }, async () => {
    expect(all.length).toBeGreaterThanOrEqual(120)
    const page = await begin()
    const seen = [
      '<script>pwned()</script>',
      '<img src=x onerror=pwned()>',
      '<a href="javascript:pwned()">x</a>',
      '<p onclick=pwned()>x</p>',
      '<img src="https://pwned.example/beacon">',
      '<p style="background:url(//pwned.example/i)">x</p>',
      '<script>alert(1)</script>',
      '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
      '<base href="//pwned.example/">',
      '<img name="getElementById">',
    ]
    for (const payload of seen) {
      await page.goto(`${url}/healthz`)
      await page.setContent(`<main id="content">${payload}</main>`)
      expect(await whatRan(page), payload).not.toEqual([])
    }
  })

  test('run nothing on the article’s own page', { timeout: 240_000 }, async () => {
    await visit(
      await begin(),
      numbered.map(({ index }) => `/articles/${slug(index)}`),
    )
  })

  test('run nothing on the front page, in listings, in search, among corrections', {
    timeout: 240_000,
  }, async () => {
    const page = await begin()
    await visit(page, ['/'])
    await visit(page, await pages('/archive'))
    await visit(page, await pages('/corrections'))
    const results = Math.min(50, Math.ceil(numbered.length / PER_PAGE))
    const searches = ['img', 'script', 'javascript'].flatMap(word =>
      Array.from({ length: Math.min(results, 6) }, (_, index) => `/search?q=${word}&page=${index + 1}`),
    )
    await visit(page, searches)
    const some = every(4)
    await visit(
      page,
      some.flatMap(({ index }) => [
        `/sections/${slug(index)}`,
        `/tags/${slug(index)}`,
        `/authors/${slug(index)}`,
      ]),
    )
  })

  test('run nothing on standing pages', { timeout: 240_000 }, async () => {
    await visit(
      await begin(),
      every(3).map(({ index }) => `/pages/${slug(index)}`),
    )
  })

  test('run nothing where a reader’s program shows a feed’s HTML', { timeout: 240_000 }, async () => {
    const page = await begin()
    await page.goto(`${url}/healthz`)
    const ran: string[] = []
    for (const { index } of numbered) {
      const feed = await press.http.inject(`/tags/${slug(index)}/feed.json`)
      const [item] = feed.json().items
      await page.setContent(item.content_html)
      ran.push(...(await whatRan(page)).map(what => `${numbered[index]?.payload}: ${what}`))
    }
    const corrections = await press.http.inject('/corrections/feed.json')
    for (const { content_html } of corrections.json().items) {
      await page.setContent(content_html)
      ran.push(...(await whatRan(page)))
    }
    expect(ran).toEqual([])
    for (const file of ['/feed.xml', '/atom.xml', '/corrections/atom.xml']) {
      await page.goto(`${url}/healthz`)
      const { body } = await press.http.inject(file)
      const broken = await page.evaluate(
        xml => new DOMParser().parseFromString(xml, 'text/xml').querySelector('parsererror')?.textContent,
        body,
      )
      expect(broken, file).toBeUndefined()
    }
  })

  test('run nothing in the preview, which is the readers’ page', { timeout: 240_000 }, async () => {
    const page = await begin({ signedIn: true })
    await visit(
      page,
      every(3).map(({ index }) => `/admin/articles/${idOf(index)}/preview/page`),
    )
    const some = every(8)
    await visit(
      page,
      some.map(({ index }) => `/admin/articles/${idOf(index)}/preview`),
    )
    const links: string[] = []
    for (const { index } of some) {
      const answer = await editor.post(`/admin/articles/${idOf(index)}/preview-links`, { days: '1' })
      const [link = ''] = /\/preview\/[\w-]{20,64}/.exec(answer.body) ?? []
      expect(link).not.toBe('')
      links.push(link)
    }
    await visit(await open(), links)
  })

  test('run nothing in the editor, the history and the comparison', { timeout: 300_000 }, async () => {
    const page = await begin({ signedIn: true })
    await page.setViewportSize({ width: 1280, height: 3_000 })
    const groups = every(10)
    for (const { index } of groups) {
      const id = idOf(index)
      // Ten at once, as text: none ends the field that another stands in.
      const body = numbered
        .slice(index, index + 10)
        .map(({ payload }) => payload)
        .filter(payload => payload.length < 2_000)
        .join('\n\n')
      const embargo = line(numbered[index]?.payload ?? '')
      expect((await save(editor, id, { body, embargo, tags: 'ink' })).statusCode).toBe(200)
      const changed = {
        body: `${body}

More.`,
        title: 'Another',
        tags: 'ink',
      }
      expect((await save(editor, id, changed)).statusCode).toBe(200)
    }
    await visit(
      page,
      groups.map(({ index }) => `/admin/articles/${idOf(index)}`),
      '.cm-content',
    )
    await visit(
      page,
      groups.flatMap(({ index }) => [
        `/admin/articles/${idOf(index)}/revisions`,
        `/admin/articles/${idOf(index)}/corrections`,
      ]),
    )
    const comparisons: string[] = []
    for (const { index } of groups) {
      const { body } = await editor.get(`/admin/articles/${idOf(index)}/revisions`)
      const [, newest = ''] = /href="([^"]+compare[^"]+)"/.exec(body) ?? []
      comparisons.push(newest.replaceAll('&amp;', '&'))
    }
    expect(comparisons).not.toContain('')
    await visit(page, comparisons)
  })

  test('run nothing in the desk’s lists', { timeout: 240_000 }, async () => {
    const page = await begin({ signedIn: true })
    await visit(page, ['/admin', '/admin/front-page', '/admin/media', '/admin/redirects', '/admin/sections'])
    await visit(page, ['/admin/audit', '/admin/site/pages', '/admin/site/look', '/admin/site/giving'])
    for (const list of ['/admin/articles', '/admin/tags', '/admin/authors'])
      await visit(page, await pages(list, editor))
    const { body } = await editor.get('/admin/authors')
    const authors = [...body.matchAll(/href="(\/admin\/authors\/[0-9a-f-]{36})"/g)].map(
      ([, address = '']) => address,
    )
    await visit(page, authors.slice(0, 10))
  })

  // What issues say is tried by tests/newsletter/letters-hostile.test.ts.
  test('run nothing in a mail that names the paper', { timeout: 120_000 }, async () => {
    const page = await begin()
    await page.goto(`${url}/healthz`)
    const { identity } = await press.site.site()
    for (const { payload, index } of every(6)) {
      await press.site.saveIdentity({ ...identity, name: line(payload), tagline: line(payload) })
      const email = `reader${index}@example.org`
      await press.http.inject({ method: 'POST', url: '/newsletter', ...form({ email }) })
      await press.newsletter.reception.workOff()
      await press.mail.deliverDue()
    }
    const mails = filesBelow(path.join(press.dataDir, 'outbox')).filter(name => name.endsWith('.eml'))
    expect(mails.length).toBeGreaterThan(5)
    for (const mail of mails) {
      const { html } = await simpleParser(await readFile(mail))
      await page.setContent(String(html))
      expect(await whatRan(page), mail).toEqual([])
    }
    await visit(page, ['/', '/newsletter', '/contribute', '/tips'])
  })

  /** A list's address and those of all its further pages. */
  async function pages(first: string, who?: Colleague): Promise<string[]> {
    const found = [first]
    for (let next = first; next && found.length < 60; ) {
      const { body } = await (who ? who.get(next) : press.http.inject(next))
      next = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''
      if (next) found.push(next)
    }
    return found
  }
}
