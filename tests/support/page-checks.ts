import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import axe, { type Result, type RunOptions } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import vnu from 'vnu-jar'
import type { ShownPage } from './every-page.js'
import { temporaryFolder } from './press.js'

const run = promisify(execFile)

/** Its program is over before the machine's better compiler and collector repay what they take. */
const briefly = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

interface Message {
  type: string
  url: string
  message: string
  extract: string
}

/** What the Nu checker calls an error in any of the pages. */
export async function htmlErrors(pages: ShownPage[]): Promise<string[]> {
  const folder = path.join(await temporaryFolder(), 'pages')
  await mkdir(folder)
  for (const { name, html } of pages) await writeFile(path.join(folder, `${name}.html`), html)
  const { stderr } = await run(
    'java',
    [...briefly, '-Xss4m', '-jar', vnu, '--format', 'json', '--exit-zero-always', folder],
    { maxBuffer: 64 * 1_048_576 },
  )
  const { messages } = JSON.parse(stderr) as { messages: Message[] }
  return messages
    .filter(message => message.type === 'error')
    .map(({ url, message, extract }) => `${path.basename(url)}: ${message} ${extract}`)
}

interface Look {
  colorScheme: 'light' | 'dark'
  width: number
}

/** Each width and each scheme once: for so many pages four looks would take as long as all other tests. */
const oppositeLooks: Look[] = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 390 },
]

interface Shown {
  pages: ShownPage[]
  /** that of the server */
  origin: string
  server: Server
  /** whose session the pages' frames and requests are made in */
  cookies?: { name: string; value: string; url: string }[]
  /** one look a page, in turn: for the desk, whose pages are many and made of the same parts */
  alternating?: boolean
}

/** Rules that colours and widths decide about; the others judge what is the same in each look. */
const rulesOfLooks = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable']

/** Violations of axe, sideways scrolling and messages in the console, in each look of each page. */
export async function visibleProblems(
  browser: Browser,
  { pages, origin, server, cookies = [], alternating = false }: Shown,
): Promise<string[]> {
  const problems: string[] = []
  const context = await browser.newContext()
  await context.addCookies(cookies)
  await context.addInitScript({ content: axe.source })
  const tab = await context.newPage()
  let shown = ''
  tab.on('console', message => problems.push(`${shown}: ${message.text()}`))
  tab.on('pageerror', error => problems.push(`${shown}: ${error.message}`))
  const answerAsBefore = answerWith(server, pages)
  for (const [number, { name }] of pages.entries()) {
    shown = name
    await tab.goto(origin + addressOf(name))
    for (const [index, { colorScheme, width }] of looksOf(number, alternating).entries()) {
      await tab.setViewportSize({ width, height: 900 })
      await tab.emulateMedia({ colorScheme })
      const violations = await axeViolations(tab, index === 0 ? undefined : rulesOfLooks)
      problems.push(...violations.map(violation => `${name} ${colorScheme} ${width}: ${violation}`))
      const sideways = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (sideways > 0) problems.push(`${name} ${width}: ${sideways} px wider than the window`)
    }
  }
  await context.close()
  answerAsBefore()
  return problems
}

const addressOf = (name: string): string => `/__page/${name}`

/**
 * Lets the paper's server answer with these pages too. A browser that was told to answer itself would fetch and compile their
 * styles and scripts anew for each.
 * @returns makes the server what it was
 */
function answerWith(server: Server, pages: ShownPage[]): () => void {
  const known = new Map(pages.map(page => [addressOf(page.name), page]))
  const usual = server.listeners('request') as RequestListener[]
  const answer: RequestListener = (request, response) => {
    const page = known.get(request.url ?? '')
    if (page) response.writeHead(200, plain(page.headers)).end(page.html)
    else for (const listener of usual) listener(request, response)
  }
  server.removeAllListeners('request').on('request', answer)
  return () => {
    server.removeAllListeners('request')
    for (const listener of usual) server.on('request', listener)
  }
}

/** What axe finds wrong with a page as it stands. @param rules all when not said */
export async function axeViolations(page: Page, rules?: string[]): Promise<string[]> {
  for (const frame of page.frames()) {
    // To hand its half a megabyte over takes as long as a look at a page, so whoever looks at many lets each begin with it.
    if (!(await frame.evaluate(() => 'axe' in window))) await frame.evaluate(axe.source)
  }
  const violations = await page.evaluate(judgedByAxe, rules)
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`)
}

/** Runs in the page. */
async function judgedByAxe(rules: string[] | undefined): Promise<Result[]> {
  const { axe } = window as unknown as { axe: typeof import('axe-core') }
  const options: RunOptions = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  return (await axe.run(document, options)).violations
}

function plain(headers: Record<string, unknown>): Record<string, string> {
  const kept = ['content-type', 'content-security-policy']
  return Object.fromEntries(kept.map(name => [name, String(headers[name])]))
}

function looksOf(number: number, alternating: boolean): Look[] {
  return alternating ? oppositeLooks.filter((_, index) => index === number % 2) : oppositeLooks
}
