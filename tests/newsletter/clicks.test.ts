import { expect, test } from 'vitest'
import { changeNewsletterSettings } from '../../src/newsletter/settings.js'
import { colleague } from '../support/desk.js'
import { keptIssue } from '../support/issues.js'
import { openNewsroom } from '../support/newsroom.js'
import type { Press } from '../support/press.js'

const SITE_URL = 'https://courier.example'

/** Sends an issue about one article that links elsewhere. */
async function sentIssue(press: Press & { publish(given: object): Promise<string> }, countClicks: boolean) {
  await press.publish({
    title: 'With links',
    body: 'See [the court](https://court.example/case?a=1&b=2), [us](/about) and <mailto:desk@example.org>.\n',
  })
  const [article] = await press.articles.reading.newest({ kind: 'all' }, 1)
  const articles = [{ id: article?.id ?? '', form: 'full' as const }]
  const id = await keptIssue(press, { number: 7, articles })
  const issue = {
    id,
    number: 7,
    slug: 'issue-7',
    subject: 'The week',
    preheader: '',
    intro: '',
    outro: '',
    articles,
  }
  const letter = await press.db.transaction(async tx => {
    await changeNewsletterSettings(tx, { countClicks })
    return press.newsletter.letters.compose(issue, tx)
  })
  return { id, letter }
}

const hrefs = (html: string) => [...html.matchAll(/ href="([^"]*)"/g)].map(([, href = '']) => href)

test('links lead straight to where they go unless clicks are counted', async () => {
  const press = await openNewsroom({ SITE_URL })
  const { id, letter } = await sentIssue(press, false)
  expect(letter.html + letter.text).not.toContain('/newsletter/go/')
  expect(hrefs(letter.html)).toContain('https://court.example/case?a=1&amp;b=2')
  expect(letter.html).toContain('its links are not rewritten to count you')
  expect(await press.newsletter.clicks.ofIssue(id)).toEqual([])
})

test('counted links go by this server, in both parts, and a reader’s own links do not', async () => {
  const press = await openNewsroom({ SITE_URL })
  const { id, letter } = await sentIssue(press, true)
  const links = await press.newsletter.clicks.ofIssue(id)
  expect(links.map(({ url }) => url)).toEqual([
    `${SITE_URL}/articles/story-1`,
    'https://court.example/case?a=1&b=2',
    `${SITE_URL}/about`,
  ])
  expect(hrefs(letter.html).filter(href => !href.startsWith(`${SITE_URL}/newsletter/`))).toEqual([
    SITE_URL,
    'mailto:desk@example.org',
  ])
  expect(letter.text).toContain(`${SITE_URL}/newsletter/go/7/2`)
  expect(letter.text).not.toContain('court.example')
  for (const part of [letter.html, letter.text]) {
    expect(part.replace(/\s+/g, ' ')).toContain('counts how often each is opened, and not by whom')
    expect(part).toContain(`${SITE_URL}/newsletter/unsubscribe/xq7leavetokenxq7`)
  }
})

test('opening a counted link leads on and adds one, without a cookie; looking ahead adds nothing', async () => {
  const press = await openNewsroom({ SITE_URL })
  const { id } = await sentIssue(press, true)
  const clicksOf = async (position: number) =>
    (await press.newsletter.clicks.ofIssue(id)).find(link => link.position === position)?.clicks
  const url = '/newsletter/go/7/2'
  const answer = await press.http.inject({ url })
  expect(answer.statusCode).toBe(302)
  expect(answer.headers.location).toBe('https://court.example/case?a=1&b=2')
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(await clicksOf(2)).toBe(1)

  expect((await press.http.inject({ method: 'HEAD', url })).statusCode).toBe(302)
  await press.http.inject({ url, headers: { 'sec-purpose': 'prefetch' } })
  expect(await clicksOf(2)).toBe(1)
  await press.http.inject({ url })
  expect(await clicksOf(2)).toBe(2)
  expect(await clicksOf(1)).toBe(0)
  expect(press.logged()).not.toMatch(/court\.example|127\.0\.0\.1/)
})

test('the counting address leads nowhere but where an issue led', async () => {
  const press = await openNewsroom({ SITE_URL })
  await sentIssue(press, true)
  for (const url of [
    '/newsletter/go/7/99',
    '/newsletter/go/8/1',
    '/newsletter/go/7/0',
    '/newsletter/go/x/https:%2F%2Fevil.example',
  ])
    expect((await press.http.inject({ url })).statusCode, url).toBe(404)
  const aside = await press.http.inject({
    url: '/newsletter/go/7/2?url=https://evil.example&next=//evil.example',
  })
  expect(aside.headers.location).toBe('https://court.example/case?a=1&b=2')
})

test('one client cannot make up an interest, and is led on all the same', async () => {
  const press = await openNewsroom({ SITE_URL })
  const { id } = await sentIssue(press, true)
  for (let count = 0; count < 70; count++)
    expect((await press.http.inject({ url: '/newsletter/go/7/1' })).statusCode).toBe(302)
  const [link] = await press.newsletter.clicks.ofIssue(id)
  expect(link?.clicks).toBe(60)
})

test('readers are told on the sign-up page from the moment an editor switches it on', async () => {
  const press = await openNewsroom({ SITE_URL })
  const editor = await colleague(press, 'editor')
  expect((await press.http.inject('/newsletter')).body).toContain('links are not rewritten to count you')
  const { body } = await editor.get('/admin/newsletter/settings')
  const version = /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const fields = { dailyHour: '7', weeklyWeekday: '6', weeklyHour: '8', countClicks: 'yes', version }
  expect((await editor.post('/admin/newsletter/settings', fields)).statusCode).toBe(303)
  const told = (await press.http.inject('/newsletter')).body
  expect(told).toContain('counts how often each is opened, and not by whom')
  expect(told).not.toContain('links are not rewritten')
})

test('the desk shows how often each link was opened, to editors', async () => {
  const press = await openNewsroom({ SITE_URL })
  const { id } = await sentIssue(press, true)
  await press.http.inject('/newsletter/go/7/2')
  const editor = await colleague(press, 'editor')
  const page = await editor.get(`/admin/newsletter/issues/${id}/clicks`)
  expect(page.statusCode).toBe(200)
  expect(page.body.replace(/<[^>]+>/g, ' ')).toMatch(/court\.example\/case\?a=1&amp;b=2\s+1\s/)
  const author = await colleague(press, 'author')
  expect((await author.get(`/admin/newsletter/issues/${id}/clicks`)).statusCode).toBe(403)
})
