import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { atAGlance, describeInBrowser } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { sharedByTests } from '../support/press.js'

const desk = sharedByTests(async () => {
  const press = await openNewsroom()
  const origin = await press.http.listen({ port: 0, host: '127.0.0.1' })
  return { origin, owner: await colleague(press, 'owner') }
})

describeInBrowser(
  'the desk on a phone',
  chromium => {
    async function open(path: string, javaScriptEnabled: boolean): Promise<Page> {
      const { origin, owner } = await desk()
      const context = await chromium().newContext({
        viewport: { width: 390, height: 800 },
        javaScriptEnabled,
      })
      onTestFinished(() => context.close())
      await context.addCookies(cookiesFor(owner, origin))
      const page = await context.newPage()
      await page.goto(origin + path)
      return page
    }

    /** How far the open entry stands inside its menu, on either side. */
    const roomAround = (page: Page, nav: string) =>
      page.evaluate(nav => {
        const menu = document.querySelector(`${nav} ul`)?.getBoundingClientRect()
        const entry = document.querySelector(`${nav} [aria-current]`)?.getBoundingClientRect()
        return menu && entry ? [entry.left - menu.left, menu.right - entry.right] : []
      }, nav)

    test.each([true, false])('the open entry of the menu is in sight, scripts or not (%s)', async scripts => {
      for (const path of ['/admin', '/admin/media', '/admin/people', '/admin/site/navigation']) {
        const page = await open(path, scripts)
        const [before = -1, after = -1] = await roomAround(page, '.desk-bar nav')
        expect(before, path).toBeGreaterThan(-1)
        expect(after, path).toBeGreaterThan(-1)
        expect(await page.evaluate(() => window.scrollY)).toBe(0)
      }
    })

    test('the open entry of the site’s menu is in sight too', async () => {
      const page = await open('/admin/site/navigation', false)
      const [before = -1, after = -1] = await roomAround(page, '.site-menu')
      expect(before).toBeGreaterThan(-1)
      expect(after).toBeGreaterThan(-1)
    })

    test.each(['/admin/account/password', '/admin/redirects/import', '/admin/account/second-factor'])(
      'the link back of %s keeps its distance from the heading',
      async path => {
        const page = await open(path, true)
        const gap = await page.evaluate(() => {
          const heading = document.querySelector('main h1')
          const above = heading?.previousElementSibling
          if (!heading || !above) return 0
          return heading.getBoundingClientRect().top - above.getBoundingClientRect().bottom
        })
        expect(gap).toBeGreaterThanOrEqual(10)
      },
    )
  },
  atAGlance,
)
