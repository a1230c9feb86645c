import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import type { Browser, Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeInBrowser } from '../support/browser.js'
import { sharedByTests } from '../support/press.js'
import { type Program, serveProgram } from '../support/program.js'

describeInBrowser('a newcomer who started the program in an empty directory', browser => {
  describe.each([true, false])('with JavaScript %s', javaScriptEnabled => {
    const started = sharedByTests(() => serveProgram({ SITE_URL: '', RATE_LIMITS: 'off' }))
    const visit = async () => ({ paper: await started(), ...(await openTab(browser(), javaScriptEnabled)) })

    test('reads the lead article and finds its way on', async () => {
      const { paper, page, requests } = await visit()
      await page.goto(paper.url)
      const headline = page.locator('.lead h2 a')
      const title = await headline.innerText()
      await headline.click()
      expect(await page.locator('h1').innerText()).toBe(title)
      expect(await page.locator('.report cite').count()).toBeGreaterThanOrEqual(2)
      expect(await page.locator('#corrections').isVisible()).toBe(true)
      expect(await page.locator('[data-share="copy"]').isVisible()).toBe(javaScriptEnabled)
      await page.locator('.related h3 a').first().click()
      expect(page.url()).toContain('/articles/')
      await page.locator('#masthead-search').fill('encryption')
      await page.locator('#masthead-search').press('Enter')
      expect(await page.locator('mark').count()).toBeGreaterThan(0)
      expect(requests.filter(url => !url.startsWith(paper.url))).toEqual([])
    })

    test('signs up for the newsletter, confirms by the mail, and leaves again', async () => {
      const { paper, page, requests } = await visit()
      await page.goto(paper.url)
      const box = page.locator('.newsletter-box')
      await box.locator('input[type="email"]').fill('Reader@Example.org')
      await box.locator('button').click()
      expect(await page.locator('h1').innerText()).toBeTruthy()
      const invitation = await mail(paper, { to: 'Reader@example.org' })
      await page.goto(paper.url + linkIn(invitation, 'confirm'))
      await page.locator('main form button').click()
      const welcome = await mail(paper, { to: 'Reader@example.org', number: 1 })
      await page.goto(paper.url + linkIn(welcome, 'unsubscribe'))
      await page.locator('main form button').click()
      expect(await page.locator('main').innerText()).toMatch(
        /no (further|more) mail|unsubscribed|off the list/i,
      )
      expect(requests.filter(url => !url.startsWith(paper.url))).toEqual([])
      expect(await page.context().cookies()).toEqual([])
    })

    test('changes how often the newsletter comes, takes a copy of what is kept, and is erased', async () => {
      const { paper, page, requests } = await visit()
      const email = 'another@example.org'
      const body = new URLSearchParams({ email })
      await fetch(`${paper.url}/newsletter`, { method: 'POST', body })
      const text = await mail(paper, { to: email })
      await fetch(paper.url + linkIn(text, 'confirm'), { method: 'POST' })
      await page.goto(paper.url + linkIn(text, 'preferences'))
      await page.getByLabel('Once a day').check()
      await page.getByLabel('The press', { exact: true }).check()
      await page.getByRole('button', { name: 'Save' }).click()
      expect(await page.locator('[role="status"]').innerText()).toContain('Saved')
      expect(await page.getByLabel('Once a day').isChecked()).toBe(true)
      const download = page.waitForEvent('download')
      await page.getByRole('link', { name: 'Export my data' }).click()
      const copy = JSON.parse(await readFile((await (await download).path()) ?? '', 'utf8'))
      expect(copy.reader).toMatchObject({ email, frequency: 'daily' })
      expect(copy.reader.sections).toEqual(['The press'])
      await page.getByRole('link', { name: 'Erase me' }).click()
      await page.getByRole('button', { name: 'Erase me for good' }).click()
      expect(await page.locator('h1').innerText()).toBe('You are erased')
      expect((await page.goto(paper.url + linkIn(text, 'preferences')))?.status()).toBe(404)
      expect(requests.filter(url => !url.startsWith(paper.url))).toEqual([])
      expect(await page.context().cookies()).toEqual([])
    })

    test('sends a tip with a file, comes back with the codename, adds to it and erases it', async () => {
      const { paper, page, requests } = await visit()
      await page.goto(paper.url)
      await page.locator('.tip-box a.button').click()
      await page.locator('[name="message"]').first().fill('They moved the files at night.')
      await page
        .locator('[name="files"]')
        .first()
        .setInputFiles({ name: 'proof.txt', mimeType: 'text/plain', buffer: Buffer.from('a list') })
      await page.locator('main form button').first().click()
      const codename = await page.locator('#codename').innerText()
      expect(codename.split(' ')).toHaveLength(7)
      await page.goto(`${paper.url}/tips/return`)
      expect(await page.context().cookies()).toEqual([])
      await page.locator('[name="codename"]').first().fill(codename.toUpperCase().replaceAll(' ', '-'))
      await page.locator('main form button').first().click()
      // With scripts the browser itself derives the key and seals, before the next page comes.
      await page.locator('main', { hasText: '1 message and 1 file' }).waitFor()
      await page.locator('[name="message"]').fill('And one thing more.')
      await page.locator('form[action="/tips/return/messages"] button').click()
      await page.locator('main', { hasText: '2 messages' }).waitFor()
      await page.locator('#certain').check()
      await page.locator('form[action="/tips/return/erasure"] button').click()
      expect(await page.locator('h1').innerText()).toBe('Your tip is erased')
      expect(requests.filter(url => !url.startsWith(paper.url))).toEqual([])
      expect(await page.context().cookies()).toEqual([])
    })

    test('finds how to give', async () => {
      const { paper, page } = await visit()
      await page.goto(paper.url)
      await page.locator('.appeal a.button').click()
      expect(await page.locator('main').innerText()).toContain('DE89 3704 0044 0532 0130 00')
      expect(await page.locator('main svg').count()).toBeGreaterThan(2)
    })
  })
})

async function openTab(browser: Browser, javaScriptEnabled: boolean) {
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } })
  onTestFinished(() => context.close())
  const page: Page = await context.newPage()
  const requests: string[] = []
  page.on('request', request => requests.push(request.url()))
  return { page, requests }
}

/** The text of the nth mail that the paper wrote to somebody, once it is there. */
async function mail(
  { dataDir }: Program,
  { to, number = 0 }: { to: string; number?: number },
): Promise<string> {
  const folder = path.join(dataDir, 'outbox')
  for (;;) {
    const files = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.eml')).sort()
    const mails = await Promise.all(
      files.map(async name => simpleParser(await readFile(path.join(folder, name)))),
    )
    const found = mails.filter(mail => [mail.to].flat()[0]?.text === to)[number]
    if (found) return found.text ?? ''
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function linkIn(text: string, purpose: string): string {
  return new RegExp(`/newsletter/${purpose}/[\\w-]+`).exec(text)?.[0] ?? 'no link'
}
