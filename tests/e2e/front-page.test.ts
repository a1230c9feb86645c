import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { freePort } from '../support/program.js'

describeInBrowser('arranging the front page in a browser', browser => {
  async function openDesk(options: { javaScriptEnabled?: boolean } = {}) {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const press = await openNewsroom({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
    for (const slug of ['damson', 'cedar', 'birch', 'apple']) await press.publish({ slug, title: slug })
    await press.http.listen({ port, host: '127.0.0.1' })
    const editor = await colleague(press, 'editor')
    const context = await browser().newContext({ viewport: { width: 1280, height: 1000 }, ...options })
    await context.addCookies(cookiesFor(editor, origin))
    const page = await context.newPage()
    await page.goto(`${origin}/admin/front-page`)
    return { page, context, origin }
  }

  const order = (page: Page) => page.locator('#top-stories .title').allInnerTexts()

  test('a story is dragged to the top, and the page in the frame follows', async () => {
    const { page, context } = await openDesk()
    expect(await order(page)).toEqual(['apple', 'birch', 'cedar', 'damson'])
    const rows = page.locator('#top-stories .place')
    await Promise.all([
      page.waitForEvent('load'),
      rows.nth(2).dragTo(rows.nth(0), { sourcePosition: { x: 200, y: 8 }, targetPosition: { x: 200, y: 4 } }),
    ])
    expect(await order(page)).toEqual(['cedar', 'apple', 'birch', 'damson'])
    const framed = page.frameLocator('iframe').locator('.lead h2')
    expect(await framed.innerText()).toBe('cedar')
    await context.close()
  }, 60_000)

  test('a story that is let go by Escape is back in its place, and nothing is sent', async () => {
    const { page, context, origin } = await openDesk()
    const sent: string[] = []
    page.on('request', request => request.method() === 'POST' && sent.push(request.url()))
    // As a browser tells of it: no drop comes before the end.
    const tell = (place: number, type: string) =>
      page
        .locator('#top-stories .place')
        .nth(place)
        .evaluate((row, type) => {
          const at = { clientY: row.getBoundingClientRect().top + 1, bubbles: true, cancelable: true }
          row.dispatchEvent(new DragEvent(type, { ...at, dataTransfer: new DataTransfer() }))
        }, type)
    await tell(2, 'dragstart')
    await tell(0, 'dragover')
    expect(await order(page)).toEqual(['cedar', 'apple', 'birch', 'damson'])
    await tell(0, 'dragend')
    expect(await order(page)).toEqual(['apple', 'birch', 'cedar', 'damson'])
    await page.goto(`${origin}/admin/front-page`)
    expect(await order(page)).toEqual(['apple', 'birch', 'cedar', 'damson'])
    expect(sent).toEqual([])
    await context.close()
  }, 60_000)

  test('by keyboard alone a story moves up, and the focus stays with it', async () => {
    const { page, context } = await openDesk()
    await page.getByRole('button', { name: 'Move up: cedar' }).focus()
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
    await page.locator('button:focus[aria-label="Move up: cedar"]').waitFor()
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
    expect(await order(page)).toEqual(['cedar', 'apple', 'birch', 'damson'])
    await context.close()
  }, 60_000)

  test('with scripts off the buttons do it all', async () => {
    const { page, context, origin } = await openDesk({ javaScriptEnabled: false })
    await page.getByRole('button', { name: 'Make lead: damson' }).click()
    await page.getByRole('button', { name: 'Pin: damson', exact: true }).click()
    await page.getByRole('button', { name: 'Hide: The press' }).click()
    expect(await order(page)).toEqual(['damson', 'apple', 'birch', 'cedar'])
    await page.goto(origin)
    expect(await page.locator('.lead h2').innerText()).toBe('damson')
    await context.close()
  }, 60_000)
})
