import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { generateSync } from 'otplib'
import type { Browser, Locator, Page, Response } from 'playwright-core'
import sharp from 'sharp'
import { expect, onTestFinished, test } from 'vitest'
import { describeInBrowser } from '../support/browser.js'
import { saved, tabTo } from '../support/editor.js'
import { type Program, serveProgram } from '../support/program.js'

const password = 'seven horses on a green hill'

describeInBrowser('a newsroom', browser => {
  test('sets up, invites, secures, writes, publishes, corrects, disagrees, restores and arranges', async () => {
    const paper = await serveProgram({ SITE_URL: '', RATE_LIMITS: 'off' })
    const owner = await somebody(browser(), paper)
    await setUp(owner, paper)

    // A colleague is invited by mail and comes in through its link.
    await owner.goto('/admin/people/invite')
    await owner.fill('#email', 'ben@example.org')
    await owner.selectOption('#role', 'author')
    await press(owner, 'Send the invitation')
    const author = await somebody(browser(), paper)
    await author.goto(await linkInMail(paper, 'invitation'))
    await author.fill('#name', 'Ben Writer')
    await author.fill('#password', password)
    await press(author, 'Create my account')
    await author.waitForURL('**/admin')

    // The author sets a second factor up, and needs it from then on.
    await author.goto('/admin/account/app')
    const secret = (await author.locator('.key').innerText()).replaceAll(' ', '')
    await typeCode(author, secret)
    const recovery = await author.locator('code').first().innerText()
    await press(author, 'Sign out')
    await author.fill('#email', 'ben@example.org')
    await author.fill('#password', password)
    await press(author, 'Sign in')
    await author.fill('#code', recovery)
    await press(author, 'Sign in')
    await author.waitForURL('**/admin')

    // Written with a picture and a block that credits another outlet.
    await author.goto('/admin/articles')
    await press(author, 'New article')
    await author.locator('.cm-content').waitFor()
    await author.fill('#title', 'The harbour is closed')
    await author.fill('#dek', 'Nobody says for how long.')
    await author.locator('.cm-content').click()
    await author.keyboard.type('Ships wait outside since Monday.')
    await author.keyboard.press('Enter')
    await author.keyboard.press('Enter')
    await tool(author, /report/i).click()
    await author.fill('dialog [name="outlet"]', 'The Harbour Post')
    await author.fill('dialog [name="text"]', 'Three ships were turned away.')
    await author.locator('dialog button', { hasText: 'Insert' }).click()
    await tool(author, /picture/i).click()
    await author.locator('dialog #upload').setInputFiles({
      name: 'harbour.png',
      mimeType: 'image/png',
      buffer: await sharp({ create: { width: 640, height: 400, channels: 3, background: '#246' } })
        .png()
        .toBuffer(),
    })
    await author.locator('dialog [name="alt"]').fill('An empty harbour.')
    await author.locator('dialog button', { hasText: 'Insert' }).click()
    await saved(author)
    const editPage = new URL(author.url()).pathname

    // The preview is the readers' page.
    await press(author, 'Preview')
    const preview = author.frameLocator('iframe')
    expect(await preview.locator('h1').innerText()).toBe('The harbour is closed')
    expect(await preview.locator('.report').innerText()).toContain('The Harbour Post')
    expect(await preview.locator('.prose img').getAttribute('alt')).toBe('An empty harbour.')

    // Planned, then published at once after all.
    await author.goto(editPage)
    await press(author, 'Publish or schedule…')
    await author.fill('#at', '2099-05-01T09:30')
    await tickDoubts(author)
    await press(author, 'Schedule')
    await author.locator('main', { hasText: /1 May 2099/ }).waitFor()
    const reader = await somebody(browser(), paper)
    expect((await reader.goto('/articles/the-harbour-is-closed'))?.status()).toBe(404)
    await author.goto(`${editPage}/publishing`)
    await tickDoubts(author)
    await press(author, 'Publish now')
    await reader.goto('/')
    await reader.getByRole('link', { name: 'The harbour is closed' }).first().click()
    expect(await reader.locator('.report').innerText()).toContain('Three ships were turned away.')

    // A correction is said openly.
    await author.goto(editPage)
    await rewrite(author, 'Ships wait outside since Tuesday.')
    await press(author, 'Update or withdraw…')
    await author.check('[name="kind"][value="correction"]')
    await author.fill('#wrong', 'We wrote that ships wait since Monday.')
    await author.fill('#right', 'They wait since Tuesday.')
    await press(author, 'Update the article')
    await reader.reload()
    expect(await reader.locator('.prose').innerText()).toContain('since Tuesday')
    expect(await reader.locator('#corrections').innerText()).toContain('since Tuesday')
    await reader.goto('/corrections')
    expect(await reader.locator('main').innerText()).toContain('The harbour is closed')

    // Two people in one article: each is told of the other, and nothing is lost.
    await author.goto(editPage)
    await author.locator('.cm-content').waitFor()
    await owner.goto(editPage)
    await owner.locator('.cm-content').waitFor()
    expect(await owner.locator('#others').innerText()).toContain('Ben Writer')
    await rewrite(owner, 'The owner wrote this.')
    await rewrite(author, 'The author wrote that.', { settled: false })
    await author.locator('main, dialog', { hasText: 'The owner wrote this.' }).first().waitFor()
    expect(await author.locator('body').innerText()).toContain('Ada Owner')

    // An earlier state comes back.
    await owner.goto(`${editPage}/revisions/compare?from=1&to=now`)
    await owner.getByRole('button', { name: /Bring back revision 1/ }).click()
    await owner.goto(editPage)
    expect(await owner.locator('#body').inputValue()).not.toContain('The owner wrote this.')

    // What is new leads the front page by itself; an editor arranges it otherwise, and readers see that at once.
    const older = 'Zoom executive charged over shutdown of Tiananmen meetings'
    await reader.goto('/')
    expect(await reader.locator('.lead h2').innerText()).toBe('The harbour is closed')
    await owner.goto('/admin/front-page')
    await press(owner, `Make lead: ${older}`)
    await owner.locator('.place:first-child', { hasText: older }).waitFor()
    await reader.goto('/')
    expect(await reader.locator('.lead h2').innerText()).toBe(older)

    // What the role does not include is neither offered nor open.
    await author.goto('/admin')
    expect(await author.getByRole('navigation', { name: 'Desk' }).innerText()).not.toContain('People')
    expect((await author.goto('/admin/people'))?.status()).toBe(403)
    expect((await author.goto('/admin/front-page'))?.status()).toBe(403)
  }, 240_000)

  test('writes, previews, publishes, corrects, takes back and arranges by keyboard alone', async () => {
    const paper = await serveProgram({ SITE_URL: '', RATE_LIMITS: 'off' })
    const page = await somebody(browser(), paper)
    await page.goto(await setupLink(paper))
    await typeInto(page, '#name', 'Ada Owner')
    await typeInto(page, '#email', 'ada@example.org')
    await typeInto(page, '#password', password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/admin')

    await enter(page, 'a[href="/admin/articles"]')
    await enter(page, 'form[action="/admin/articles"] button')
    await page.locator('.cm-content').waitFor()
    await typeInto(page, '#title', 'Written without a mouse')
    await typeInto(page, '.cm-content', 'Every word by key.')
    await saved(page)
    await enter(page, 'button[formaction$="/publishing"]')
    await enter(page, 'form[action$="/publish"] button')
    await page.locator('.said').waitFor()
    await page.goto('/articles/written-without-a-mouse')
    expect(await page.locator('.prose').innerText()).toContain('Every word by key.')

    await page.goto('/admin/articles')
    await enter(page, 'th a[href^="/admin/articles/"], td a[href^="/admin/articles/"]')
    await page.locator('.cm-content').waitFor()
    await enter(page, 'button[formaction$="/publishing"]')
    await tabTo(page, '[name="kind"]')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await typeInto(page, '#wrong', 'It was not every word.')
    await typeInto(page, '#right', 'It was nearly every word.')
    await enter(page, 'form[action$="/update"] button')
    await page.locator('.said').waitFor()
    await page.goto('/corrections')
    expect(await page.locator('main').innerText()).toContain('nearly every word')

    await page.goto('/admin/front-page')
    await enter(
      page,
      '[aria-label$="Written without a mouse"][value="lead"], [aria-label$="Written without a mouse"][value="add-lead"], [aria-label$="Written without a mouse"][value="pin"]',
    )
    await page.goto('/')
    expect(await page.locator('.lead h2').innerText()).toBe('Written without a mouse')

    await page.goto('/admin/articles')
    await enter(page, 'th a[href^="/admin/articles/"], td a[href^="/admin/articles/"]')
    await page.locator('.cm-content').waitFor()
    page.on('dialog', dialog => void dialog.accept())
    await enter(page, 'form[action$="/trash"] button')
    await enter(page, '.said button')
    await page.goto('/articles/written-without-a-mouse')
    expect(await page.locator('h1').innerText()).toBe('Written without a mouse')
  }, 240_000)
})

/** A person with a browser of their own, on the paper's address. */
async function somebody(browser: Browser, paper: Program): Promise<Page> {
  const context = await browser.newContext({ baseURL: paper.url.replace('127.0.0.1', 'localhost') })
  onTestFinished(() => context.close())
  return context.newPage()
}

async function setupLink(paper: Program): Promise<string> {
  const link = () => /\/admin\/setup\?token=[\w-]+(?=\s)/.exec(paper.printed())?.[0] ?? ''
  await expect.poll(link).not.toBe('')
  return link()
}

async function setUp(page: Page, paper: Program): Promise<void> {
  await page.goto(await setupLink(paper))
  await page.fill('#name', 'Ada Owner')
  await page.fill('#email', 'ada@example.org')
  await page.fill('#password', password)
  await page.locator('main form button').first().click()
  await page.waitForURL('**/admin')
}

/** The path of a link in the mails that went out so far, once one has it. */
async function linkInMail({ dataDir }: Program, kind: string): Promise<string> {
  const folder = path.join(dataDir, 'outbox')
  for (;;) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.endsWith('.eml')) continue
      const { text = '' } = await simpleParser(await readFile(path.join(folder, name)))
      const link = new RegExp(`/admin/${kind}/[\\w-]+`).exec(text)?.[0]
      if (link) return link
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** Types what the app shows, and once more where that has ended on the way. */
async function typeCode(page: Page, secret: string): Promise<void> {
  const isAnswer = (answer: Response) =>
    answer.request().method() === 'POST' && answer.url().endsWith('/account/app')
  await page.fill('#code', generateSync({ secret }))
  const [answer] = await Promise.all([page.waitForResponse(isAnswer), press(page, 'Set up the app')])
  if (answer.status() === 422) await typeCode(page, secret)
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click()

const tool = (page: Page, name: RegExp): Locator =>
  page.getByRole('toolbar').getByRole('button', { name }).first()

/** Puts one sentence in the place of the text. */
async function rewrite(page: Page, sentence: string, { settled = true } = {}): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type(sentence)
  if (settled) await saved(page)
}

/** What was asked before publishing has been seen. */
async function tickDoubts(page: Page): Promise<void> {
  for (const box of await page.locator('[name="confirm"]').all()) await box.check()
}

async function typeInto(page: Page, selector: string, text: string): Promise<void> {
  await tabTo(page, selector)
  await page.keyboard.type(text)
}

/** Presses Enter on a link or button that leads to another page. */
async function enter(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector)
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
}
