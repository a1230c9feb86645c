import { expect, test } from 'vitest'
import { marks } from '../../src/newsletter/letters/marks.js'
import type { IssueContent } from '../../src/newsletter/letters/schema.js'
import { describeInBrowser } from '../support/browser.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { payloads } from '../support/payloads.js'

const SITE_URL = 'https://courier.example'
const PER_LETTER = 20

/** A payload where a text has one line only. */
const line = (payload: string) => payload.replace(/\s*[\r\n]+\s*/g, ' ').slice(0, 300)

/** Letters in which every text is a payload. */
async function hostileLetters(press: Newsroom): Promise<{ html: string; text: string }[]> {
  for (const [index, payload] of payloads.entries())
    await press.publish({
      ...{ title: line(payload), dek: line(payload), body: payload },
      corrections: [{ at: '2021-01-01T00:00:00.000Z', text: payload }],
      published: new Date(Date.UTC(2020, 0, 1) + index * 3_600_000).toISOString(),
    })
  const articles = await press.articles.reading.newest({ kind: 'all' }, payloads.length)
  const letters: { html: string; text: string }[] = []
  for (let start = 0; start < articles.length; start += PER_LETTER) {
    const some = articles.slice(start, start + PER_LETTER)
    const payload = payloads[start] ?? ''
    const { letter } = await press.newsletter.letters.preview({
      ...{ id: 'none', number: 0, slug: line(payload), subject: line(payload), preheader: line(payload) },
      ...{ intro: payload, outro: payload, articles: some.map(({ id }) => ({ id, form: 'full' as const })) },
    })
    letters.push(letter)
  }
  return letters
}

describeInBrowser('letters whose every text is hostile', browser => {
  test('run nothing, ask nobody for anything, and keep their own shape', async () => {
    const press = await openNewsroom({ SITE_URL })
    const letters = await hostileLetters(press)
    expect(letters.length).toBeGreaterThan(8)
    const context = await browser().newContext()
    const asked: string[] = []
    await context.route('**/*', route => {
      asked.push(route.request().url())
      return route.fulfill({ status: 404, body: '' })
    })
    await context.addInitScript('globalThis.ran = []; globalThis.pwned = () => ran.push(document.title)')
    const page = await context.newPage()
    for (const { html } of letters) {
      await page.setContent(html)
      for (const link of await page.locator('a').all()) await link.dispatchEvent('mouseover')
      const found = await page.evaluate(() => ({
        ran: (globalThis as unknown as { ran: string[] }).ran,
        elements: [...new Set([...document.querySelectorAll('*')].map(({ localName }) => localName))],
        handlers: [...document.querySelectorAll('*')].flatMap(element =>
          element
            .getAttributeNames()
            .filter(name => /^(on|id$|name$|srcset|action)/.test(name) && element.localName !== 'meta'),
        ),
        schemes: [...document.querySelectorAll('a')].map(({ protocol }) => protocol),
        outside: document.querySelectorAll('body > :not(.sheet, .preheader)').length,
        lastLink: document.querySelector('.sheet > .foot:last-child')?.textContent,
      }))
      expect(found.ran).toEqual([])
      expect(found.handlers).toEqual([])
      expect(
        found.elements.filter(name => /script|iframe|form|svg|math|object|link|base|input|video/.test(name)),
      ).toEqual([])
      for (const scheme of found.schemes) expect(scheme).toMatch(/^(https?|mailto|tel):$/)
      expect(found.outside).toBe(0)
      expect(found.lastLink).toContain('Leave the list')
    }
    expect(asked.filter(url => !url.startsWith(`${SITE_URL}/media/`))).toEqual([])
    await context.close()
  }, 120_000)
})

test('no author can have a reader’s address or token put into a link of their own', async () => {
  const press = await openNewsroom({ SITE_URL })
  const all = Object.values(marks).join(' ')
  const nested = marks.address.replace('reader', `reader${marks.address}`)
  await press.publish({
    title: `Odd words ${all}`,
    dek: nested,
    body: `[here](https://evil.example/?a=${marks.address}&t=${marks.leave}) ${all} \`${nested}\`\n`,
  })
  const [article] = await press.articles.reading.newest({ kind: 'all' }, 1)
  const issue: IssueContent = {
    ...{ id: 'none', number: 0, slug: 'a', subject: all, preheader: all, intro: all, outro: nested },
    articles: [{ id: article?.id ?? '', form: 'full' }],
  }
  const { letter } = await press.newsletter.letters.preview(issue)
  expect(letter.subject).not.toContain('xq7')
  for (const part of [letter.html, letter.text]) {
    expect(part.match(new RegExp(marks.address, 'g'))).toHaveLength(1)
    expect(part.match(new RegExp(marks.leave, 'g'))).toHaveLength(1)
    expect(part.match(new RegExp(marks.preferences, 'g'))).toHaveLength(1)
  }
})
