import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openSealed, textOf } from '../../views/assets/tips/open.js'
import { describeInBrowser } from '../support/browser.js'
import { firstKey, inTipStore, putReply } from '../support/kept-tips.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { freePort } from '../support/program.js'
import { sealedParts } from '../support/tips.js'

const proof = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251))

/** What Tor Browser's "Safest" level lets through: no scripts, no fonts from the site, no SVG. */
const blocked = (type: string, url: string) => type === 'script' || type === 'font' || /\.svg\b/.test(url)

/** Nothing runs over the side of a phone's window, and what is to be read has a style. */
async function expectLaidOut(page: Page): Promise<void> {
  const { sideways, measure } = await page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth - window.innerWidth,
    measure: document.querySelector('.column')?.getBoundingClientRect().width ?? 0,
  }))
  expect(sideways).toBeLessThanOrEqual(0)
  expect(measure).toBeGreaterThan(300)
  await expect.poll(() => page.locator('h1').isVisible()).toBe(true)
}

describeInBrowser('a source under the conditions of Tor Browser’s safest level', browser => {
  test('sends, checks the codename, comes back, reads, answers, leaves and erases', async () => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const press = await openPress({ PORT: String(port), SITE_URL: origin })
    const { dataDir } = press
    const folder = await temporaryFolder()
    await press.http.listen({ port, host: '127.0.0.1' })
    const context = await browser().newContext({
      ...{ javaScriptEnabled: false, acceptDownloads: false, viewport: { width: 390, height: 844 } },
    })
    const loaded: string[] = []
    await context.route('**/*', route => {
      const request = route.request()
      if (blocked(request.resourceType(), request.url())) return route.abort()
      loaded.push(`${request.resourceType()} ${request.url().replace(origin, '')}`)
      return route.continue()
    })
    const page = await context.newPage()
    const opened = async (file: string) => openSealed(new Blob([readFileSync(file)]), firstKey(dataDir))

    await page.goto(`${origin}/tips`)
    await expectLaidOut(page)
    await page.getByLabel('What should we know?').fill('The bridge is cracked.\nI saw it.')
    await page.getByLabel('How can we reach you?').fill('Not at all')
    // From the disk, where the browser reads it once more when the page is loaded anew.
    await writeFile(path.join(folder, 'plan of the bridge.bin'), proof)
    await page.getByLabel('Files').setInputFiles(path.join(folder, 'plan of the bridge.bin'))
    await page.getByRole('button', { name: 'Send the tip' }).click()
    const codename = await page.locator('#codename').innerText()
    expect(codename.split(' ')).toHaveLength(7)
    await expectLaidOut(page)

    const [file = '', message = ''] = sealedParts(dataDir)
    const [plan] = await opened(file)
    expect(plan?.name).toBe('plan of the bridge.bin')
    expect(Buffer.from(plan?.content ?? []).equals(proof)).toBe(true)
    expect(textOf(await opened(message), 'message.txt')).toBe('The bridge is cracked.\nI saw it.')
    const [tip] = await inTipStore(dataDir, tips => tips.list(1, {}))
    const [tipId, recipient] = [tip?.id ?? '', tip?.sourceKey ?? '']
    await putReply(dataDir, { tipId, batch: 2, recipient, message: 'Thank you. <b>Which</b> bridge?' })

    await page.getByLabel('Your codename, from the paper').fill(codename.toUpperCase().replaceAll(' ', '-'))
    const [check] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('button', { name: 'Check it' }).click(),
    ])
    await check.getByText('1 message and 1 file').waitFor()
    await check.getByRole('button', { name: 'Leave now' }).click()
    await check.getByText('You have left your tip').waitFor()
    await check.close()

    // Loaded anew, the page sends its form again; it is kept once, and the words are not shown again.
    await page.reload()
    await page.getByRole('heading', { name: 'Your tip has arrived already' }).waitFor()
    await expectLaidOut(page)
    expect([await page.locator('#codename').count(), sealedParts(dataDir).length]).toEqual([0, 3])

    const comeBack = async () => {
      await page.goto(`${origin}/tips/return`)
      await page.getByLabel('Your codename').fill(codename)
      await page.getByRole('button', { name: 'Open' }).click()
    }
    await comeBack()
    await page.getByText('Thank you. <b>Which</b> bridge?').waitFor()
    await expectLaidOut(page)
    await page.getByLabel('What else should we know?').fill('The old one.')
    const files = ['old.bin', 'new.bin'].map(name => path.join(folder, name))
    for (const file of files) await writeFile(file, proof)
    await page.getByLabel('Files').setInputFiles(files)
    await page.getByRole('button', { name: 'Add to the tip' }).click()
    await page.getByText('Added. It has arrived').waitFor()
    await page.getByText('2 messages and 3 files').waitFor()
    // Loaded anew, the page sends its form again; it stands there once.
    await page.reload()
    await page.getByText('2 messages and 3 files').waitFor()
    expect(sealedParts(dataDir)).toHaveLength(6)
    const [added = ''] = sealedParts(dataDir).filter(part => part.endsWith('3-message.age'))
    expect(textOf(await opened(added), 'message.txt')).toBe('The old one.')

    const [left] = await Promise.all([
      page.waitForResponse(answer => answer.url().endsWith('/tips/return/ending')),
      page.getByRole('button', { name: 'Leave now' }).click(),
    ])
    expect((await left.allHeaders())['clear-site-data']).toBe('"cache", "cookies", "storage"')
    await page.goto(`${origin}/tips/return`)
    expect(await page.getByText('Thank you.').count()).toBe(0)

    await comeBack()
    await page.getByLabel('Erase all that I sent').check()
    await page.getByRole('button', { name: 'Erase', exact: true }).click()
    await page.getByRole('heading', { name: 'Your tip is erased' }).waitFor()
    expect(sealedParts(dataDir)).toEqual([])
    await comeBack()
    await page.getByText('No tip belongs to these words').first().waitFor()

    // Pages are all that it took; cookies are off in some browsers, and none was set.
    expect(await context.cookies()).toEqual([])
    expect(loaded.filter(line => !/^document \/tips(\/[a-z/]*)?$/.test(line))).toEqual([])
    expect(loaded.length).toBeGreaterThan(10)
    await context.close()
  })
})
