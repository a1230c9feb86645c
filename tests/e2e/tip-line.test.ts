import { readFile } from 'node:fs/promises'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { inTipStore } from '../support/kept-tips.js'
import type { Press } from '../support/press.js'
import { sealedParts } from '../support/tips.js'
import { openWatchedPress } from '../support/watched-press.js'

const message = 'The second set of books is in the cellar.'
const contact = 'Signal: +1 555 0100'
const file = {
  name: 'MARKED-ledger.txt',
  mimeType: 'text/plain',
  buffer: Buffer.from('MARKED-CONTENT '.repeat(9_000)),
}
const more = 'The first set burned.'
const photo = { name: 'MARKED-photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('MARKED-PHOTO') }

/** A browser that answers every complaint of a page with a failure of the test. */
async function visit(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', error => {
    throw error
  })
  await page.goto(address)
  return page
}

/** Sealing starts where somebody comes near to the form. */
async function goToForm(page: Page): Promise<void> {
  await page.getByLabel('What should we know?').scrollIntoViewIfNeeded()
  await page.getByText('Sealed on your device.').waitFor()
}

async function send(page: Page): Promise<string> {
  await goToForm(page)
  await page.getByLabel('What should we know?').fill(message)
  await page.getByLabel('How can we reach you?').fill(contact)
  await page.getByLabel('Files').setInputFiles(file)
  await page.getByRole('button', { name: 'Send the tip' }).click()
  return (await page.locator('#codename').textContent()) ?? ''
}

async function comeBack(page: Page, codename: string): Promise<void> {
  await page.getByText('Your words stay on your device.').waitFor()
  await page.getByLabel('Your codename').fill(codename)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('heading', { name: 'Your tip', exact: true }).waitFor()
}

/** To how many each sealed file is. */
async function recipientsOf(files: string[]): Promise<number[]> {
  const heads = await Promise.all(
    files.map(async name => (await readFile(name)).subarray(0, 1_000).toString('latin1')),
  )
  return heads.map(head => head.split('-> X25519 ').length - 1)
}

/** Seven words, however they may be written in a form. */
function wordsIn(codename: string): RegExp {
  return new RegExp(codename.split(' ').slice(0, 2).join('[^a-z]{0,5}'), 'i')
}

describeInBrowser('a source whose browser runs scripts', browser => {
  test('seals, writes seven words down, comes back, reads, answers and erases; the server sees none of it', async () => {
    const { press, origin, came } = await openWatchedPress()
    const context = await browser().newContext()
    await context.clock.install()
    const page = await visit(context, `${origin}/tips`)
    const codename = await send(page)
    expect(codename.split(' ')).toHaveLength(7)

    const typed = page.getByLabel('Your codename, from the paper')
    await typed.fill(codename.replace(/\w+$/, 'abacus'))
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByText('The seventh word differs from the one above.').waitFor()
    await typed.fill(codename.toUpperCase())
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByText('What you wrote down is right.').waitFor()

    await replyFromTheDesk(await browser().newContext(), press, origin)

    await page.goto(`${origin}/tips/return`)
    await page.getByText('Your words stay on your device.').waitFor()
    await page.getByLabel('Your codename').fill('seven words that nobody was ever given')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('.error-summary', { hasText: 'No tip belongs to these words.' }).waitFor()
    await comeBack(page, codename)
    await page.getByText('Where is the first set?').waitFor()

    // A document that is loaded anew has forgotten who was here.
    await page.reload()
    await comeBack(page, codename)
    await page.getByText('Where is the first set?').waitFor()
    // Left alone for half an hour, the page forgets the key; what was begun goes along when it is derived again.
    await page.clock.fastForward('31:00')
    await page.getByText('This page has forgotten the key').waitFor()
    await page.getByText('It is sealed to you, and opened on your device.').waitFor()
    await page.getByLabel('What else should we know?').fill(more)
    await page.getByLabel('Files').setInputFiles(photo)
    await page.getByLabel('Your codename').fill(codename)
    await page.getByRole('button', { name: 'Open the replies' }).click()
    await page.getByText('Where is the first set?').waitFor()
    // The newsroom gets another key while the page stands open: it is sealed to that one as well.
    const colleagueKey = await identityToRecipient(await generateX25519Identity())
    await inTipStore(press.dataDir, tips => tips.addRecipient(colleagueKey, '2021-01-04'))
    await page.getByRole('button', { name: 'Add to the tip' }).click()
    await page.getByText('Added. It has arrived').waitFor()
    expect(await page.getByLabel('What else should we know?').inputValue()).toBe('')
    await page.getByText('2 messages and 2 files').waitFor()
    expect(await recipientsOf(sealedParts(press.dataDir))).toEqual([1, 1, 2, 2, 2])

    await page.getByText('Where is the first set?').waitFor()
    await page.clock.fastForward('31:00')
    await page.getByText('This page has forgotten the key').waitFor()
    expect(await page.content()).not.toContain('Where is the first set?')

    await page.getByRole('button', { name: 'Erase' }).click()
    await page.locator('.error-summary', { hasText: 'Tick the box' }).waitFor()
    await page.getByLabel('Erase all that I sent').check()
    await page.getByRole('button', { name: 'Erase' }).click()
    await page.getByText('Your tip is erased').waitFor()
    expect(sealedParts(press.dataDir)).toEqual([])

    expect(came()).toContain('filename="file-1.age"')
    for (const secret of [
      'second set',
      '555 0100',
      'MARKED',
      'first set',
      'burned',
      'AGE-SECRET',
      'codename=',
    ])
      expect(came()).not.toContain(secret)
    expect(came()).not.toMatch(wordsIn(codename))
    await context.close()
  })

  test('who sends before the script has started is kept waiting for it: it goes sealed all the same', async () => {
    const { press, origin, came } = await openWatchedPress()
    const context = await browser().newContext()
    await context.clock.install()
    await context.clock.pauseAt(Date.now() + 60_000)
    const page = await visit(context, `${origin}/tips`)
    await page.getByText('Sealed on arrival.').waitFor()
    await page.getByLabel('What should we know?').fill(message)
    await page.getByRole('button', { name: 'Send the tip' }).click()
    expect(page.url()).toBe(`${origin}/tips`)
    expect(came()).not.toContain('POST /tips')

    await context.clock.resume()
    await page.locator('#codename').waitFor()
    expect(sealedParts(press.dataDir)).toHaveLength(1)
    expect(came()).not.toContain('second set')
    await context.close()
  })

  test('who reads what is kept waits for nothing; what seals starts with the form near', async () => {
    const { origin } = await openWatchedPress()
    const context = await browser().newContext({ viewport: { width: 390, height: 600 } })
    const page = await visit(context, `${origin}/tips`)
    // As long as it would have taken to start.
    await page.waitForTimeout(1_500)
    expect(await page.getByText('Sealed on arrival.').isVisible()).toBe(true)
    await goToForm(page)
    expect(await page.getByText('Sealed on arrival.').isVisible()).toBe(false)
    await context.close()
  })

  test('is sealed though it was sent from afar', async () => {
    const { press, origin, came } = await openWatchedPress()
    const context = await browser().newContext({ viewport: { width: 390, height: 600 } })
    const page = await visit(context, `${origin}/tips`)
    await page.evaluate(text => {
      const form = document.querySelector<HTMLFormElement>('#tip')
      form?.querySelector('textarea')?.append(text)
      form?.requestSubmit()
    }, message)
    await page.locator('#codename').waitFor()
    expect(sealedParts(press.dataDir)).toHaveLength(1)
    expect(came()).not.toContain('second set')
    await context.close()
  })

  test('runs that one script and nothing else, and goes on as without it where another comes in its place', async () => {
    const { press, origin } = await openWatchedPress()
    const context = await browser().newContext()
    await context.route('**/tips', async route => {
      const answer = await route.fetch()
      const body = (await answer.text()).replace(
        '</main>',
        '<script>document.title = "pwned"</script></main>',
      )
      await route.fulfill({ response: answer, body })
    })
    const page = await context.newPage()
    await page.goto(`${origin}/tips`)
    await goToForm(page)
    expect(await page.title()).not.toBe('pwned')

    await context.route('**/tips/script.js', async route => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, body: `${await answer.text()}\n` })
    })
    await page.goto(`${origin}/tips`)
    await page.getByText('Sealed on arrival.').waitFor()
    await page.getByLabel('What should we know?').fill(message)
    await page.getByRole('button', { name: 'Send the tip' }).click()
    await page.getByText('Your tip has arrived').waitFor()
    expect(await page.getByText('Sealed on your device.').isVisible()).toBe(false)
    expect(sealedParts(press.dataDir)).toHaveLength(1)
    // The last page asks for the script as well, and its answer is still being replaced.
    await context.unrouteAll({ behavior: 'wait' })
    await context.close()
  })

  test('is asked before anything leaves the browser readable, where sealing fails', async () => {
    const { press, origin, came } = await openWatchedPress()
    const context = await browser().newContext()
    const page = await visit(context, `${origin}/tips`)
    await goToForm(page)
    await page.evaluate(() => {
      Response.prototype.blob = async () => {
        throw new RangeError('There is no memory for it.')
      }
    })
    await page.getByLabel('What should we know?').fill(message)
    await page.getByRole('button', { name: 'Send the tip' }).click()
    await page.getByText('nothing has left it').waitFor()
    expect(came()).not.toContain('POST /tips')
    expect(sealedParts(press.dataDir)).toEqual([])
    await page.getByRole('button', { name: 'Send it readable' }).click()
    await page.getByText('Your tip has arrived').waitFor()
    expect(came()).toContain(message)
    await context.close()
  })
})

/** Somebody of the newsroom reads the only tip in a browser of their own, and replies. */
async function replyFromTheDesk(context: BrowserContext, press: Press, origin: string): Promise<void> {
  const editor = await colleague(press, 'editor', 'Ed Editor')
  await context.addCookies(cookiesFor(editor, origin))
  const [tip] = await inTipStore(press.dataDir, tips => tips.list(1, {}))
  const page = await visit(context, `${origin}/admin/tips/${tip?.id}`)
  await page.setInputFiles('#tip-key-file', `${press.dataDir}/newsroom-key.txt`)
  await page.getByRole('button', { name: 'Unlock in this tab' }).click()
  await page.getByText(message).waitFor()
  await page.getByText(contact).waitFor()
  await page.getByText(file.name).waitFor()
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save', exact: true }).click(),
  ])
  expect((await readFile(await saved.path())).equals(file.buffer)).toBe(true)
  await page.getByLabel('Reply', { exact: true }).fill('Where is the first set?')
  await page.getByRole('button', { name: 'Seal and keep the reply' }).click()
  await page.getByText('The reply is kept.').waitFor()
  await context.close()
}
