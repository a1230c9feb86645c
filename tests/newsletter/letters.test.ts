import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sql } from '../../src/foundation/database.js'
import type { IssueContent } from '../../src/newsletter/letters/schema.js'
import { openSampleEdition } from '../support/edition.js'
import { openNewsroom } from '../support/newsroom.js'
import type { Press } from '../support/press.js'

const SITE_URL = 'https://courier.example'

const issueOf = (articles: IssueContent['articles'], given: Partial<IssueContent> = {}): IssueContent => ({
  ...{ id: 'none', number: 0, slug: 'the-week', subject: 'The week', preheader: 'What came to light' },
  ...{ intro: 'Dear *readers*,', outro: 'See you [soon](/archive).', articles },
  ...given,
})

async function newest(press: Press, count: number, form: 'full' | 'dek' = 'full') {
  const found = await press.articles.reading.newest({ kind: 'all' }, count)
  return found.map(({ id }) => ({ id, form }))
}

async function articlesByTitle(press: Press, ...titles: string[]): Promise<IssueContent['articles']> {
  const rows = z
    .array(z.object({ id: z.string(), title: z.string() }))
    .parse(await press.db.all(sql`select id, title from articles limit 100`))
  return titles.map(title => ({ id: rows.find(row => row.title === title)?.id ?? '', form: 'full' }))
}

const letterOf = async (press: Press, issue: IssueContent) =>
  (await press.newsletter.letters.preview(issue)).letter

const attributes = (html: string, name: string) =>
  [...html.matchAll(new RegExp(`<[a-z][^>]* ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value)

describe('the letter of an issue of the sample edition', () => {
  test('stays below what Gmail cuts at, and holds no script, no pixel, no form and nothing from elsewhere', async () => {
    const press = await openSampleEdition({ SITE_URL })
    const all = await press.newsletter.letters.preview(issueOf(await newest(press, 20)))
    expect(Buffer.byteLength(all.letter.html)).toBeLessThan(100_000)
    expect(Buffer.byteLength(all.letter.html)).toBeGreaterThan(80_000)
    expect(all.bytes).toBeLessThan(100_000)
    expect(all.cut.length).toBeGreaterThan(5)
    expect(all.letter.html.match(/Read the rest on the site<\/a>/g)).toHaveLength(all.cut.length)
    expect(all.letter.text.match(/Read the rest on the site: https/g)).toHaveLength(all.cut.length)
    expect(all.letter.html).not.toContain('<!--own')

    const few = await press.newsletter.letters.preview(issueOf(await newest(press, 3)))
    expect(few.cut).toEqual([])
    expect(few.letter.html).not.toContain('Read the rest')

    // Whatever is in it, every program can show it.
    const { html } = all.letter
    expect(html).not.toMatch(/<(script|form|link|iframe|picture|source|video|input|button|svg)\b/i)
    expect(html).not.toMatch(/ (on\w+|srcset|id|class=""|loading)="/)
    expect(html).not.toMatch(/@import|url\(/)
    for (const src of attributes(html, 'src'))
      expect(src).toMatch(/^https:\/\/courier\.example\/media\/[\w-]+\.jpg$/)
    for (const href of attributes(html, 'href')) expect(href).toMatch(/^(https?:\/\/|mailto:)/)
    const pictures = html.match(/<img [^>]*>/g) ?? []
    expect(pictures.length).toBeGreaterThan(10)
    for (const picture of pictures) {
      expect(picture).toMatch(/ alt="[^"]{10,}"/)
      expect(Number(/ width="(\d+)"/.exec(picture)?.[1])).toBeLessThanOrEqual(560)
      expect(picture).toMatch(/ height="\d{2,}"/)
    }
    expect(html).toMatch(/<html lang="en" dir="ltr">/)
    expect(html).toMatch(/<div class="sheet"[^>]* role="article"[^>]* aria-label="The week"/)
    expect(html).toContain('prefers-color-scheme: dark')
    expect(html.indexOf('charset')).toBeLessThan(500)
  })

  test('reads well as plain text, and tells in both parts why it came, how to change it and how to leave', async () => {
    const press = await openSampleEdition({ SITE_URL })
    const { html, text } = await letterOf(press, issueOf(await newest(press, 1)))
    for (const part of [html, text]) {
      expect(part).toContain('xq7readeraddressxq7')
      expect(part).toContain(`${SITE_URL}/newsletter/preferences/xq7preferencestokenxq7`)
      expect(part).toContain(`${SITE_URL}/newsletter/unsubscribe/xq7leavetokenxq7`)
      expect(part).toContain(`${SITE_URL}/newsletter/issues/the-week`)
      expect(part).toContain('desk@example.org')
      expect(part).toContain('its links are not rewritten'.slice(4))
    }

    const lines = text.split('\n')
    for (const line of lines) if (!line.includes('http')) expect(line.length, line).toBeLessThanOrEqual(78)
    expect(text).toContain('Dear readers,')
    expect(text).toContain('What Zoom says\n--------------\n')
    expect(text).toMatch(/Reported by The Epoch Times \[1\]:\nBy Cathy He · published 21 December 2020/)
    expect(text).toMatch(/^\| The outlet reported that prosecutors/m)
    expect(text).toMatch(/^November 2019 {6}Service in China is restored$/m)
    expect(text).toMatch(/\[Picture: A timeline from June 2019/)
    expect(text).toMatch(/put in “quarantine”. \(note 1\)/)
    expect(text).toMatch(/^\(note 1\) \w+/m)
    expect(text).toMatch(/^\[1\] https:\/\/www\.theepochtimes\.com\/$/m)
    expect(text).toMatch(/^Correction, 26 December 2020: /m)
    expect(text).not.toMatch(/<[a-z]|&\w+;|\*readers\*/)

    const deks = await letterOf(press, issueOf(await newest(press, 16, 'dek')))
    expect(deks.html.match(/Read on<\/a>/g)).toHaveLength(16)
    expect(deks.text.match(/Read on: https/g)).toHaveLength(16)
    expect(deks.html.match(/<img /g)).toHaveLength(1)
    expect(deks.html).not.toContain('Jin Xinjiang')
    expect(Buffer.byteLength(deks.html)).toBeLessThan(40_000)
  })
})

describe('what goes into a letter', () => {
  test('articles that are not published are left out, and counted', async () => {
    const press = await openNewsroom({ SITE_URL })
    await press.publish({ title: 'Here to stay' })
    await press.publish({ title: 'Not yet', status: 'draft' })
    await press.publish({ title: 'Taken back', status: 'withdrawn', withdrawnReason: 'Wrong.' })
    const articles = await articlesByTitle(press, 'Here to stay', 'Not yet', 'Taken back')
    const { letter, missing } = await press.newsletter.letters.preview(issueOf(articles))
    expect(missing).toBe(2)
    expect(letter.html).toContain('Here to stay')
    expect(letter.html + letter.text).not.toMatch(/Not yet|Taken back/)
    await expect(
      press.newsletter.letters.preview(issueOf(articles.slice(1), { intro: '', outro: ' ' })),
    ).rejects.toThrow('Nothing is left of this issue')
  })

  test('an article that is mailed by itself has its headline once', async () => {
    const press = await openNewsroom({ SITE_URL })
    await press.publish({ title: 'By itself', body: '## A part\n\nWords.\n' })
    const articles = await newest(press, 1)
    const given = { subject: 'By itself', intro: '', outro: '', articles }
    const { html, text } = await letterOf(press, issueOf(articles, given))
    expect(html.match(/<h1[^>]*><a [^>]*>By itself<\/a><\/h1>/g)).toHaveLength(1)
    expect(html.match(/<h2[^>]*>A part<\/h2>/g)).toHaveLength(1)
    expect(text.match(/By itself/g)).toHaveLength(1)
  })

  test('a paper that is written from right to left gets a letter that is', async () => {
    const press = await openNewsroom({ SITE_URL })
    const { identity } = await press.site.site()
    await press.site.saveIdentity({ ...identity, name: 'الجريدة', language: 'ar' })
    await press.publish({ title: 'عنوان', body: '> اقتباس\n\n- واحد\n' })
    const { html } = await letterOf(press, issueOf(await newest(press, 1)))
    expect(html).toMatch(/<html lang="ar" dir="rtl">/)
    expect(html).toMatch(/class="sheet"[^>]* dir="rtl"/)
    expect(html).toMatch(/<blockquote style="[^"]*border-right: 3px/)
    expect(html).not.toMatch(/border-left|padding-left/)
  })

  test('words of the editors that are too long for a mail are refused, not cut', async () => {
    const press = await openNewsroom({ SITE_URL })
    const intro = `${'One sentence follows another. '.repeat(20)}\n\n`.repeat(200)
    await expect(press.newsletter.letters.preview(issueOf([], { intro }))).rejects.toThrow(
      'The introduction and the closing words are longer than mail programs show.',
    )
  })
})
