import type { BrowserContextOptions } from 'playwright-core'
import { expect, test } from 'vitest'
import { addReaders } from '../newsletter/ledger.js'
import { describeInBrowser } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { freePort } from '../support/program.js'
import { openRelay } from '../support/smtp.js'

describeInBrowser('an issue of the newsletter', browser => {
  const journey = async (options: BrowserContextOptions) => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const relay = await openRelay()
    const press = await openNewsroom({
      ...{ PORT: String(port), SITE_URL: origin, SMTP_URL: relay.url, RATE_LIMITS: 'off' },
    })
    await press.publish({ title: 'A story about locks', body: 'Every word about locks.\n' })
    await press.publish({ title: 'A story about keys' })
    await addReaders(press.db, 1)
    await press.http.listen({ port, host: '127.0.0.1' })
    const context = await browser().newContext(options)
    await context.addCookies(cookiesFor(await colleague(press, 'editor'), origin))
    const page = await context.newPage()
    await page.goto(`${origin}/admin/newsletter`)
    await page.getByRole('button', { name: 'New issue' }).click()
    await page.getByLabel('Subject').fill('Locks and keys')
    if (options.javaScriptEnabled === false) {
      await page.getByLabel('Introduction').fill('Good *morning*.')
    } else {
      await page.locator('#editor-intro-text').click()
      await page.keyboard.type('Good *morning*.')
    }
    await page.getByRole('button', { name: 'Add: A story about locks' }).click()
    await page.getByRole('button', { name: 'Add: A story about keys' }).click()
    await page.getByRole('button', { name: 'Up: A story about keys' }).click()
    await page.getByLabel('How much of A story about locks').selectOption('full')
    await page.getByRole('button', { name: 'Send…' }).click()
    await page.getByRole('button', { name: 'Send to 1 reader' }).click()
    await page.getByText('Issue 1 is on its way').waitFor()
    await expect.poll(() => relay.mails.length, { timeout: 20_000 }).toBe(1)
    const text = relay.mails[0]?.text ?? ''
    expect(text).toContain('Every word about locks.')
    expect(text.indexOf('A story about keys')).toBeLessThan(text.indexOf('A story about locks'))
    await page.goto(`${origin}/newsletter`)
    await page.getByRole('link', { name: 'Past issues' }).click()
    await page.getByRole('link', { name: 'Locks and keys' }).click()
    expect(await page.locator('main em').first().textContent()).toBe('morning')
    await context.close()
  }

  test('is written, sent and found in the archive', async () => journey({}))
  test('without scripts as well', async () => journey({ javaScriptEnabled: false }))
})
