import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { jpeg, keptFiles, upload } from '../media/darkroom.js'
import { describeInBrowser } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { axeViolations } from '../support/page-checks.js'
import { freePort } from '../support/program.js'

describeInBrowser('the picture library in a browser, its policy on', browser => {
  test('takes several files with progress, says why one is not taken, and leads to the description', async () => {
    const { page, open, problems } = await desk(browser())
    await open('/admin/media')
    // Held until the progress was seen, since a small file is through at once.
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    await page.route('**/admin/media', async route => {
      if (route.request().method() === 'POST') await held
      await route.continue()
    })
    await page.locator('#files').setInputFiles([
      { name: 'harbour.jpg', mimeType: 'image/jpeg', buffer: await jpeg() },
      { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Dear editor') },
      { name: 'bridge.jpg', mimeType: 'image/jpeg', buffer: await jpeg(900, 900) },
    ])
    await page.locator('#upload button').press('Enter')
    const progress = page.locator('progress[aria-label="Progress of harbour.jpg"]')
    await progress.waitFor()
    expect(await page.locator('#upload-state').innerText()).toBe('Uploading 1 of 3: harbour.jpg')
    release()
    await page.getByText('2 of 3 uploaded').waitFor()
    expect(await page.locator('#uploads .error').allInnerTexts()).toEqual([
      expect.stringContaining('not a picture'),
    ])
    expect(await axeViolations(page)).toEqual([])
    await page.locator('#uploads').getByRole('link', { name: 'Describe it' }).first().click()
    await page.waitForURL(/\/admin\/media\/[0-9a-f-]{36}$/)
    expect(await page.locator('h1').innerText()).toMatch(/harbour\.jpg$/)
    expect(problems).toEqual([])
  })

  test('takes dropped files, and shows the library with what is new when all went well', async () => {
    const { page, open, problems } = await desk(browser())
    await open('/admin/media')
    const bytes = [...(await jpeg(200, 100))]
    const files = await page.evaluateHandle(content => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([new Uint8Array(content)], 'dropped.jpg', { type: 'image/jpeg' }))
      return transfer
    }, bytes)
    await page.dispatchEvent('#upload', 'drop', { dataTransfer: files })
    await page.locator('.shelf-name', { hasText: 'dropped.jpg' }).waitFor()
    expect(await page.locator('.shelf .status[data-state="bad"]').innerText()).toBe('No alternative text')
    expect(problems).toEqual([])
  })

  test('lets the focal point be set by keyboard and by a click, and shows at once how the layout crops', async () => {
    const { page, open, add, problems } = await desk(browser())
    await open(`/admin/media/${(await add()).id}`)
    const crop = () => page.locator('.crop.wide').evaluate(image => getComputedStyle(image).objectPosition)
    await page.locator('#focalX').focus()
    for (let count = 0; count < 30; count++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.type('80')
    expect(await crop()).toBe('20% 80%')
    expect(await page.locator('#focal path').getAttribute('d')).toBe('M20 0V100M0 80H100')
    await page.locator('#alt').fill('A harbour')
    await page.locator('#focalY').press('Enter')
    await page.getByText('Saved.', { exact: true }).waitFor()
    expect([await page.locator('#focalX').inputValue(), await page.locator('#focalY').inputValue()]).toEqual([
      '20',
      '80',
    ])
    expect(await crop()).toBe('20% 80%')
    const box = await page.locator('#focal img').boundingBox()
    await page
      .locator('#focal img')
      .click({ position: { x: (box?.width ?? 0) * 0.75, y: (box?.height ?? 0) * 0.25 } })
    expect(Number(await page.locator('#focalX').inputValue())).toBeCloseTo(75, -1)
    expect(Number(await page.locator('#focalY').inputValue())).toBeCloseTo(25, -1)
    expect(problems).toEqual([])
  })

  test('asks before a picture is replaced, and then shows the new one where it stood', async () => {
    const { page, open, add, press, problems } = await desk(browser())
    const picture = await add()
    await press.publish({ slug: 'a', body: `![Seen](${picture.name})` })
    await open(`/admin/media/${picture.id}`)
    await page
      .locator('#file')
      .setInputFiles({ name: 'new.jpg', mimeType: 'image/jpeg', buffer: await jpeg(640, 640) })
    const originals = () => keptFiles(press).filter(file => file.startsWith('media-originals/'))
    const before = originals()
    page.once('dialog', dialog => void dialog.dismiss())
    await page.getByRole('button', { name: 'Replace', exact: true }).click()
    expect(originals()).toEqual(before)
    page.once('dialog', dialog => void dialog.accept())
    await page.getByRole('button', { name: 'Replace', exact: true }).click()
    await page.getByText('The picture was replaced.').waitFor()
    await open('/articles/a')
    const shown = page.locator('.prose img')
    await shown.scrollIntoViewIfNeeded()
    await expect
      .poll(() => shown.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0))
      .toBe(true)
    expect(
      await shown.evaluate((image: HTMLImageElement) => [
        image.getAttribute('width'),
        image.currentSrc.split('.').at(-1),
      ]),
    ).toEqual(['640', expect.stringMatching(/^(avif|webp)$/)])
    expect(problems).toEqual([])
  })

  test('works without scripts: upload, describe, replace, delete', async () => {
    const { page, open } = await desk(browser(), { javaScriptEnabled: false })
    await open('/admin/media')
    await page
      .locator('#files')
      .setInputFiles({ name: 'plain.jpg', mimeType: 'image/jpeg', buffer: await jpeg(300, 200) })
    await page.getByRole('button', { name: 'Upload' }).click()
    expect(await page.locator('.said').innerText()).toContain('One picture was added.')
    await page.locator('.shelf a').click()
    await page.locator('#alt').fill('A street')
    await page.locator('#focalX').fill('10')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.locator('.said').innerText()).toContain('Saved.')
    expect(await page.locator('.crop.wide').evaluate(image => getComputedStyle(image).objectPosition)).toBe(
      '10% 50%',
    )
    await page
      .locator('#file')
      .setInputFiles({ name: 'b.jpg', mimeType: 'image/jpeg', buffer: await jpeg(310, 200) })
    await page.getByRole('button', { name: 'Replace', exact: true }).click()
    expect(await page.locator('main').innerText()).toContain('310 × 200 pixels')
    await page.getByRole('button', { name: 'Delete the picture' }).click()
    expect(await page.locator('main').innerText()).toContain('The library is empty')
  })
})

async function desk(browser: Browser, options: { javaScriptEnabled?: boolean } = {}) {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const press = await openNewsroom({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
  await press.http.listen({ port, host: '127.0.0.1' })
  const author = await colleague(press, 'author')
  const context = await browser.newContext(options)
  // Before the paper closes: it would wait for a connection that the browser opened ahead and asked nothing by.
  onTestFinished(() => context.close())
  await context.addCookies(cookiesFor(author, origin))
  const page: Page = await context.newPage()
  const problems: string[] = []
  page.on('console', message => problems.push(message.text()))
  page.on('pageerror', error => problems.push(error.message))
  return {
    ...{ press, page, problems },
    open: (path: string) => page.goto(origin + path),
    add: () => upload(press, author, 'picture.jpg'),
  }
}
