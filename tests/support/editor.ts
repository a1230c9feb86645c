import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { type Colleague, colleague } from './desk.js'
import { openSampleEdition } from './edition.js'
import { newArticle } from './manuscripts.js'
import { openNewsroom } from './newsroom.js'
import { type Press, sharedByTests } from './press.js'

/** A newsroom and who works there, for all tests of a file; each begins with an article and a browser of its own. */
export function writersAtWork(browser: () => Browser) {
  const newsroom = sharedByTests(async () => {
    const press = await openNewsroom({ RATE_LIMITS: 'off' })
    const writer = await colleague(press, 'author', 'Ann Writer')
    const bert = await colleague(press, 'editor', 'Bert Editor')
    return { press, url: await listening(press), writer, bert }
  })
  return {
    async begin(options: BrowserContextOptions = {}) {
      const shared = await newsroom()
      const context = await browserOf(browser(), shared.url, shared.writer, options)
      return { ...shared, context, id: await newArticle(shared.writer) }
    },
  }
}

/** The sample edition and an editor of it, for all tests of a file. */
export function paperAtWork() {
  return sharedByTests(async () => {
    const press = await openSampleEdition({ RATE_LIMITS: 'off' })
    return { press, url: await listening(press), editor: await colleague(press, 'editor') }
  })
}

/** Lets a browser reach a press; answers its address. */
export async function listening(press: Press): Promise<string> {
  return press.http.listen({ port: 0, host: '127.0.0.1' })
}

/** A browser of its own in which a colleague is signed in. */
export async function browserOf(
  browser: Browser,
  url: string,
  colleague: Colleague,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  await signIn(context, url, colleague)
  return context
}

/** Gives a browser a colleague's session. */
export async function signIn(context: BrowserContext, url: string, { cookie }: Colleague): Promise<void> {
  const cookies = cookie.split('; ').map(pair => {
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    return { name, value, url }
  })
  await context.addCookies(cookies)
}

/** Opens the edit page of an article and waits for its editor. */
export async function openEditor(context: BrowserContext, url: string, id: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${url}/admin/articles/${id}`)
  await page.locator('.cm-content').waitFor()
  return page
}

/** Waits until the page says that everything is saved. */
export async function saved(page: Page): Promise<void> {
  await page.locator('#save-state', { hasText: /^All changes saved \d\d:\d\d/ }).waitFor()
}

/** Types at the end of the text. */
export async function type(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(text)
}

/** Presses Tab until the focus is where a selector says. */
export async function tabTo(page: Page, selector: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate(wanted => document.activeElement?.matches(wanted), selector)) return
    await page.keyboard.press(key)
  }
  throw new Error(`The Tab key does not reach ${selector}.`)
}
