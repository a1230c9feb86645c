import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import vnu from 'vnu-jar'
import { describeInBrowser, hasProgram } from '../support/browser.js'
import { type Colleague, colleague, cookiesFor } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import { newArticle, save } from '../support/manuscripts.js'
import { temporaryFolder } from '../support/press.js'
import { freePort } from '../support/program.js'

const run = promisify(execFile)

/** A page of the desk: what it is called, what asks for it, and which status that has. */
interface Shown {
  name: string
  url: string
  status?: number
  form?: Record<string, string>
}

/** The sample edition with an article in each state, and the pages of all that can be done to them. */
async function openDesk() {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const press = await openSampleEdition({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
  await press.http.listen({ port, host: '127.0.0.1' })
  const editor = await colleague(press, 'editor', 'Edda Editor')
  const contributor = await colleague(press, 'contributor', 'Conny Contributor')
  const ready = await draft(editor, {
    title: 'Ready',
    body: 'Text.',
    embargo: 'Not before Friday, says the court',
  })
  const empty = await newArticle(editor)
  const waiting = await draft(contributor, { title: 'From outside', body: '![](a.png)' })
  await contributor.post(`/admin/articles/${waiting}/submit`)
  const planned = await draft(editor, { title: 'Planned', body: 'Text.' })
  await editor.post(`/admin/articles/${planned}/schedule`, { at: '2099-01-04T15:00' })
  const thrown = await draft(editor, { title: 'Thrown away', body: 'Text.' })
  await editor.post(`/admin/articles/${thrown}/trash`)
  const withdrawn = await draft(editor, { title: 'Taken back', body: 'Text.' })
  await editor.post(`/admin/articles/${withdrawn}/publish`)
  await editor.post(`/admin/articles/${withdrawn}/withdraw`, { withdrawnReason: 'A court ordered it.' })
  const out = await draft(editor, { title: 'Out', body: 'Text.' })
  await editor.post(`/admin/articles/${out}/publish`)
  const at = (id: string, what = '') => `/admin/articles/${id}${what}`
  const pages: Shown[] = [
    { name: 'list', url: '/admin/articles' },
    { name: 'list-nothing', url: '/admin/articles?q=xyzzy' },
    { name: 'list-empty-state', url: '/admin/articles?status=withdrawn&section=press' },
    { name: 'list-trash', url: '/admin/articles?status=trash' },
    { name: 'edit-scheduled', url: at(planned) },
    { name: 'edit-trashed', url: at(thrown) },
    { name: 'publishing-lacking', url: at(empty, '/publishing'), status: 422 },
    { name: 'publishing-draft', url: at(ready, '/publishing') },
    { name: 'publishing-doubtful', url: at(ready, '/publish'), status: 422, form: {} },
    { name: 'publishing-bad-time', url: at(planned, '/schedule'), status: 422, form: { at: '' } },
    { name: 'publishing-withdrawn', url: at(withdrawn, '/publishing') },
    { name: 'publishing-published', url: at(out, '/publishing') },
    { name: 'updating-rejected', url: at(out, '/update'), status: 422, form: { kind: 'correction' } },
    { name: 'withdrawing-rejected', url: at(out, '/withdraw'), status: 422, form: {} },
  ]
  return { press, origin, editor, pages }
}

async function draft(who: Colleague, fields: Record<string, string>): Promise<string> {
  const id = await newArticle(who)
  await save(who, id, fields)
  return id
}

async function answer(who: Colleague, { url, form, status = 200, name }: Shown) {
  const shown = form ? await who.post(url, form) : await who.get(url)
  expect([name, shown.statusCode]).toEqual([name, status])
  return shown
}

test.skipIf(!hasProgram('java', 'default-jre-headless'))(
  'every page of the list and of publishing is valid HTML to the Nu checker',
  async () => {
    const { pages, editor } = await openDesk()
    const folder = path.join(await temporaryFolder(), 'pages')
    await mkdir(folder)
    for (const page of pages)
      await writeFile(path.join(folder, `${page.name}.html`), (await answer(editor, page)).body)
    const { stderr } = await run(
      'java',
      ['-Xss4m', '-jar', vnu, '--format', 'json', '--exit-zero-always', folder],
      {
        maxBuffer: 64 * 1_048_576,
      },
    )
    const { messages } = JSON.parse(stderr) as {
      messages: { type: string; url: string; message: string; extract: string }[]
    }
    const errors = messages.filter(({ type }) => type === 'error')
    expect(errors.map(({ url, message, extract }) => `${path.basename(url)}: ${message} ${extract}`)).toEqual(
      [],
    )
  },
)

describeInBrowser('the list and publishing in a browser', browser => {
  async function tabOf(editor: Colleague, origin: string): Promise<Page> {
    const context = await browser().newContext({ viewport: { width: 1280, height: 1000 } })
    await context.addCookies(cookiesFor(editor, origin))
    return context.newPage()
  }

  test('no page has an axe violation, sideways scrolling or a message in the console', async () => {
    const { pages, editor, origin } = await openDesk()
    const problems: string[] = []
    for (const page of pages) {
      const { body, headers } = await answer(editor, page)
      const tab = await tabOf(editor, origin)
      tab.on('console', message => problems.push(`${page.name}: ${message.text()}`))
      tab.on('pageerror', error => problems.push(`${page.name}: ${error.message}`))
      const policy = String(headers['content-security-policy'])
      const address = `${origin}/admin/__page/${page.name}`
      await tab.route(address, route =>
        route.fulfill({ body, headers: { 'content-type': 'text/html', 'content-security-policy': policy } }),
      )
      await tab.goto(address)
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 390],
      ] as const) {
        await tab.setViewportSize({ width, height: 900 })
        await tab.emulateMedia({ colorScheme })
        if (process.env.SHOTS)
          await tab.screenshot({ path: `${process.env.SHOTS}/${page.name}-${width}.png`, fullPage: true })
        const { violations } = await new AxeBuilder({ page: tab }).analyze()
        for (const { id, nodes } of violations)
          problems.push(`${page.name} ${colorScheme} ${width}: ${id} ${nodes[0]?.html.slice(0, 200)}`)
        const sideways = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        if (sideways > 0) problems.push(`${page.name} ${width}: ${sideways} px wider than the window`)
      }
      await tab.context().close()
    }
    expect(problems).toEqual([])
  }, 400_000)

  test('by keyboard alone an article is published as it stands on the screen, with what was typed last', async () => {
    const { press, editor, origin } = await openDesk()
    const id = await draft(editor, { title: 'Typed at a desk', body: 'Text.' })
    const tab = await tabOf(editor, origin)
    await tab.goto(`${origin}/admin/articles/${id}`)
    await tab.locator('#dek').focus()
    await tab.keyboard.type('A dek that nobody saved.')
    await tab.getByRole('button', { name: 'Publish or schedule' }).focus()
    await Promise.all([tab.waitForURL(/publishing$/), tab.keyboard.press('Enter')])
    await tab.getByRole('button', { name: 'Publish now' }).focus()
    await Promise.all([tab.waitForURL(new RegExp(`${id}$`)), tab.keyboard.press('Enter')])
    expect(await tab.getByRole('status').first().innerText()).toContain('is published')
    expect((await press.http.inject('/articles/typed-at-a-desk')).body).toContain('A dek that nobody saved.')
    await tab.context().close()
  }, 120_000)

  test('ticked articles go to the trash and come back by the undo that is offered', async () => {
    const { press, editor, origin } = await openDesk()
    const tab = await tabOf(editor, origin)
    await tab.goto(`${origin}/admin/articles?q=ready`)
    await tab.getByRole('checkbox', { name: 'Tick Ready' }).check()
    await tab.getByRole('button', { name: 'Put into the trash' }).click()
    await tab.getByText('1 article put into the trash.').waitFor()
    expect(await tab.getByRole('link', { name: 'Ready' }).count()).toBe(0)
    await tab.getByRole('button', { name: 'Undo' }).click()
    await tab.getByText('1 article taken out of the trash.').waitFor()
    await tab.goto(`${origin}/admin/articles?q=ready`)
    expect(await tab.getByRole('link', { name: 'Ready' }).count()).toBe(1)
    expect((await press.audit.verify()).problems).toEqual([])
    await tab.context().close()
  }, 120_000)
})
