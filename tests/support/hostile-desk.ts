import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { RouteOptions } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { describeInBrowser } from './browser.js'
import { type Colleague, colleague } from './desk.js'
import { openSampleEdition } from './edition.js'
import { signIn } from './editor.js'
import { prepareDesk, walkDesk } from './every-desk-page.js'
import { type Field, type Form, filled, formsIn, isWritten } from './forms.js'
import { keepTip } from './kept-tips.js'
import { linkIn, mails, signUp } from './newsletter.js'
import { form, type Press, sharedByTests } from './press.js'
import { freePort } from './program.js'
import { openTarget } from './strikes.js'
import { multipart } from './tips.js'
import { watched, whatRan } from './watched-page.js'

/** Gets out of an attribute, is a bad address, is a good address with more in it. */
export const sorts = [
  '"><img src=x onerror=pwned()>',
  'javascript:pwned()',
  'https://example.org/?"onmouseover="pwned()',
]

/** Browsers that look at the same time: what takes longest is waiting for each page to have its say. */
const TABS = 4

/** What costs a whole mail, a picture or a sign-in is tried with so many texts. */
const FEW = 3

/** Each of these is on every page: what is in it is looked at, and then taken out again. */
const everywhere = /^\/admin\/(site\/(identity|navigation|footer|social|language|look)|account\/name)$/
/** What would lock the owner out, or ends what the others are about. */
const leftAlone =
  /^\/admin\/(account\/(password|email|app|confirm)|sign-out|people\/second-factor|site\/undo)/

interface Desk {
  press: Press
  origin: string
  owner: Colleague
  routes: Set<string>
  starts: string[]
}

async function openDesk(): Promise<Desk> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const routes = new Set<string>()
  const onRoute = ({ method, url }: RouteOptions) => {
    if ([method].flat().includes('GET') && url.startsWith('/admin')) routes.add(url.replace(/(.)\/$/, '$1'))
  }
  const environment = { PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' }
  const press = await openSampleEdition(environment, { onRoute })
  await press.http.listen({ port, host: '127.0.0.1' })
  const owner = await colleague(press, 'owner', 'Ada Owner')
  return { press, origin, owner, routes, starts: await prepareDesk(press, owner) }
}

export interface Texts {
  /** what each field gets alone */
  each: readonly string[]
  /** what all fields of a form get at once, and what comes from outside */
  all: readonly string[]
}

/**
 * What hostile texts do that reach the desk from outside, or that one editor writes for another, in a browser that no policy
 * protects: every form of the desk is found by its links, and every page that shows one of the texts is opened.
 */
export function hostileDesk({ each, all }: Texts): void {
  describeInBrowser('hostile texts at the desk, with no policy to stop them', browser => {
    const desk = sharedByTests(openDesk)

    test('what a stranger sends comes back without running', { timeout: 900_000 }, async () => {
      const { strikes, send } = await openTarget()
      const page = await open(browser(), await desk())
      const ran: string[] = []
      let shown = 0
      for (const { place, with: strike } of strikes) {
        for (const text of each) {
          const sent = strike(text)
          const { body, headers } = sent
            ? await send(sent)
            : { body: '', headers: {} as { 'content-type'?: string } }
          if (!body.includes('pwned') || !headers['content-type']?.startsWith('text/html')) continue
          shown += 1
          ran.push(...(await ranIn(page, body, `${place}: ${text}`)))
        }
      }
      expect(ran).toEqual([])
      expect(shown).toBeGreaterThan(8)
    })

    test('what comes from outside runs nothing where the desk shows it', { timeout: 900_000 }, async () => {
      const given = await desk()
      for (const [index, text] of all.entries()) await arrive(given, text, index)
      const page = await open(browser(), given, given.owner)
      expect(await walkAndLook(given, page)).toEqual([])
    })

    test('what is sealed in a tip runs nothing when the newsroom opens it', {
      timeout: 900_000,
    }, async () => {
      const given = await desk()
      expect(await openTips(given, await openTabs(browser(), given), all)).toEqual([])
    })

    test('what one editor writes runs nothing at another’s, nor at readers’', {
      timeout: 2_700_000,
    }, async () => {
      const given = await desk()
      const tabs = await openTabs(browser(), given)
      const { ran, forms, kept, looked } = await fillForms(given, tabs, { each, all })
      process.stdout.write(`${JSON.stringify({ forms, kept, looked })}\n`)
      expect(ran).toEqual([])
      expect(forms).toBeGreaterThan(30)
      expect(kept).toBeGreaterThan(30)
      expect(await walkAndLook(given, tabs[0])).toEqual([])
      expect(await lookAsReader(given, await open(browser(), given))).toEqual([])
    })
  })
}

async function open(browser: Browser, { origin }: Desk, who?: Colleague): Promise<Page> {
  const context = await watched(browser, origin)
  onTestFinished(() => context.close())
  if (who) await signIn(context, origin, who)
  const page = await context.newPage()
  await page.goto(`${origin}/healthz`)
  return page
}

type Tabs = [Page, ...Page[]]

/** Each in a browser of its own, so that it tells what ran in itself. */
async function openTabs(browser: Browser, given: Desk): Promise<Tabs> {
  const further = Array.from({ length: TABS - 1 }, () => open(browser, given, given.owner))
  return [await open(browser, given, given.owner), ...(await Promise.all(further))]
}

/** Does something for each of many, in whichever tab is free. @returns what ran */
async function inTabs<T>(
  tabs: Tabs,
  many: T[],
  look: (page: Page, one: T) => Promise<string[]>,
): Promise<string[]> {
  const ran: string[] = []
  const waiting = [...many]
  await Promise.all(
    tabs.map(async page => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
        ran.push(...(await look(page, one)))
    }),
  )
  return ran
}

async function ranIn(page: Page, html: string, where: string): Promise<string[]> {
  await page.setContent(html)
  return (await whatRan(page)).map(what => `${where}: ${what}`)
}

/** Opens every page of the desk that shows any of the texts. */
async function walkAndLook({ origin, owner, starts, routes }: Desk, page: Page): Promise<string[]> {
  const { found } = await walkDesk(owner, starts, routes)
  const ran: string[] = []
  let looked = 0
  for (const { address, answer } of found.values()) {
    if (!answer.body.includes('pwned')) continue
    looked += 1
    await page.goto(origin + address)
    ran.push(...(await whatRan(page)).map(what => `${address}: ${what}`))
  }
  expect(looked).toBeGreaterThan(5)
  return ran
}

async function lookAsReader({ origin, press }: Desk, page: Page): Promise<string[]> {
  const ran: string[] = []
  const seen = new Set<string>()
  const queue = [
    '/',
    '/newsletter',
    '/contribute',
    '/tips',
    '/corrections',
    '/archive',
    '/newsletter/issues',
    '/search?q=pwned',
  ]
  for (let address = queue.shift(); address && seen.size < 150; address = queue.shift()) {
    if (seen.has(address)) continue
    seen.add(address)
    const answer = await press.http.inject(address)
    if (!String(answer.headers['content-type']).startsWith('text/html')) continue
    queue.push(
      ...[...answer.body.matchAll(/ href="(\/[^"#]*)"/g)].map(([, link = '']) =>
        link.replaceAll('&amp;', '&'),
      ),
    )
    if (!answer.body.includes('pwned')) continue
    await page.goto(origin + address)
    ran.push(...(await whatRan(page)).map(what => `${address}: ${what}`))
  }
  return ran
}

/** All the ways by which a text gets to the desk from outside. */
async function arrive({ press, owner }: Desk, text: string, index: number): Promise<void> {
  const one = text.toWellFormed()
  const line = one.replace(/\s*[\r\n]+\s*/g, ' ')
  await signUp(press, { email: `reader${index}@example.org`, name: line.slice(0, 100) })
  if (index < FEW) {
    const email = `own${index}@example.org`
    await signUp(press, { email })
    const mail = (await mails(press)).find(({ to }) => [to].flat().some(one => one?.text === email))
    const url = linkIn(mail?.text, 'preferences')
    expect(url).not.toBe('')
    await press.http.inject({ method: 'POST', url, ...form({ name: line, frequency: 'daily' }) })
  }
  const report = `From: ${line}\nSubject: ${line}\n\n550 5.1.1 <nobody${index}@example.org> User unknown: ${line}\n`
  await press.newsletter.bounces.takeReport(Buffer.from(report), { source: 'command' })
  const name = line.replaceAll('"', '')
  await upload(press, owner, '/admin/newsletter/readers/imports', {
    name,
    content: `email,name\na${index}@example.org,${csv(one)}\n${csv(one)},x\n`,
  })
  await upload(press, owner, '/admin/redirects/import', {
    name,
    content: `from,to\n${csv(one)},/\n/old-${index},${csv(one)}\n`,
  })
  await upload(press, owner, '/admin/newsletter/suppressions/import', {
    name,
    content: `email,note\n${csv(one)},${csv(one)}\nb${index}@example.org,${csv(one)}\n`,
  })
  if (index < FEW) {
    const picture = await readFile(path.join(programFolder, 'data/sample/pictures/hand-press.png'))
    await upload(press, owner, '/admin/media', { name: `${name}.png`, content: picture })
    await upload(press, owner, '/admin/media', { name, content: one })
  }
  const password = 'seven horses on a green hill'
  const { payload, headers } = form({ email: 'ada.owner@example.org', password })
  const agent = Buffer.from(`Mozilla/5.0 (${line}) ${line}`).toString('latin1')
  if (index < FEW)
    await press.http.inject({
      method: 'POST',
      url: '/admin/sign-in',
      payload,
      headers: { ...headers, 'user-agent': agent },
    })
}

const csv = (text: string) => `"${text.replaceAll('"', '""')}"`

async function upload(
  press: Press,
  owner: Colleague,
  address: string,
  file: { name: string; content: Buffer | string },
) {
  const { body } = await owner.get(address)
  const field = formsIn(body, address)
    .flatMap(({ fields }) => fields)
    .find(({ kind }) => kind === 'file')?.name
  const { payload, headers } = multipart({ csrf: await owner.token() }, [{ ...file, field: field ?? 'file' }])
  const answer = await press.http.inject({
    ...{ method: 'POST', url: address, payload },
    headers: { ...headers, cookie: owner.cookie },
  })
  expect(answer.statusCode, address).toBeLessThan(500)
}

async function openTips({ press, origin }: Desk, tabs: Tabs, texts: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const text of texts)
    ids.push(
      await keepTip(press.dataDir, {
        ...{ message: `${text}\npwned`, contact: text },
        files: [
          { name: text.replace(/[\r\n\0/\\]/g, ' ').slice(0, 100) || 'x', content: Buffer.from(text) },
          { name: 'page.html', content: Buffer.from(`<html>${text}</html>`) },
          {
            name: 'picture.svg',
            content: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="pwned()">${text}</svg>`),
          },
        ],
      }),
    )
  const key = path.join(press.dataDir, 'newsroom-key.txt')
  return inTabs(tabs, [...['', ...ids.map(id => `/${id}`)].entries()], async (page, [index, address]) => {
    await page.goto(`${origin}/admin/tips${address}`)
    await page.setInputFiles('#tip-key-file', key)
    await page.getByRole('button', { name: 'Unlock in this tab' }).click()
    await page.getByText('pwned').first().waitFor()
    return (await whatRan(page)).map(what => `${texts[index - 1] ?? 'inbox'}: ${what}`)
  })
}

/** Writes the texts into every form of the desk, and looks at whatever answers. */
async function fillForms(given: Desk, tabs: Tabs, { each, all }: Texts) {
  const ran: string[] = []
  const seen = new Set<string>()
  const { found } = await walkDesk(given.owner, given.starts, given.routes)
  let [forms, kept, looked] = [0, 0, 0]
  for (const { address, answer } of found.values()) {
    for (const { action } of formsIn(answer.body, address).filter(isToFill)) {
      const kind = action.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
      if (seen.has(kind)) continue
      seen.add(kind)
      forms += 1
      const shown: Shown[] = []
      const strike = async (text: string, only?: string) => {
        const outcome = await fill(given, { address, action, text, only })
        if (outcome.shown) shown.push(outcome.shown)
        if (outcome.kept) kept += 1
      }
      const before = formsIn(answer.body, address).find(one => one.action === action) as Form
      for (const text of each)
        for (const { name } of before.fields.filter(isWritten)) await strike(text, name)
      for (const text of all) await strike(text)
      looked += shown.length
      ran.push(...(await inTabs(tabs, shown, (page, { html, where }) => ranIn(page, html, where))))
      if (!everywhere.test(action)) continue
      await tabs[0].goto(`${given.origin}/`)
      ran.push(...(await whatRan(tabs[0])).map(what => `/ after ${action}: ${what}`))
      await restore(given.owner, address, before)
    }
  }
  return { ran, forms, kept, looked }
}

const isToFill = ({ method, action, fields, multipart }: Form) =>
  method === 'POST' && !multipart && !leftAlone.test(action) && fields.some(isWritten)

interface Filling {
  address: string
  action: string
  text: string
  /** the one field that gets the text; all get it when this is not said */
  only?: string | undefined
}

/** A page that shows a text. */
interface Shown {
  html: string
  /** the form that it answers, and what was written there */
  where: string
}

async function fill(
  { owner }: Desk,
  { address, action, text, only }: Filling,
): Promise<{ kept: boolean; shown?: Shown }> {
  const { body } = await owner.get(address)
  const now = formsIn(body, address).find(one => one.action === action)
  if (!now) return { kept: false }
  const written = now.fields.filter(isWritten)
  const values = Object.fromEntries(
    written.map(field => [field.name, !only || field.name === only ? text : field.value || plausible(field)]),
  )
  const answer = await owner.post(
    action,
    filled(now, values).filter(([name]) => name !== 'csrf'),
  )
  expect(answer.statusCode, `${action} ${only}: ${text.slice(0, 100)}`).toBeLessThan(500)
  const kept = answer.statusCode === 303
  const next = String(answer.headers.location ?? '')
  expect(next, action).toMatch(/^(\/(?![/\\])|$)/)
  const shown = kept && next.startsWith('/admin') ? await owner.get(next) : answer
  const isPage = String(shown.headers['content-type']).startsWith('text/html')
  if (!isPage || !shown.body.includes('pwned')) return { kept }
  return { kept, shown: { html: shown.body, where: `${action} ${only ?? ''}: ${text}` } }
}

/** Something that a field takes, so that the other one is what is refused. */
function plausible({ kind, name }: Field): string {
  if (kind === 'email' || /mail/.test(name))
    return `somebody${Math.random().toString(36).slice(2)}@example.org`
  if (kind === 'url' || /url|link|address|^to$/.test(name)) return 'https://example.org/'
  if (kind === 'number') return '3'
  if (/slug|^from$/.test(name)) return `/x-${Math.random().toString(36).slice(2)}`
  return 'Something plausible'
}

async function restore(owner: Colleague, address: string, before: Form): Promise<void> {
  const now = formsIn((await owner.get(address)).body, address).find(({ action }) => action === before.action)
  const version = Object.fromEntries(
    (now?.fields ?? []).filter(({ kind }) => kind === 'hidden').map(({ name, value }) => [name, value]),
  )
  await owner.post(
    before.action,
    filled(before, version).filter(([name]) => name !== 'csrf'),
  )
}
