import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { atAGlance, describeInBrowser, hasProgram } from '../support/browser.js'
import { type Colleague, colleague, cookiesFor } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import type { ShownPage } from '../support/every-page.js'
import { newArticle, save } from '../support/manuscripts.js'
import { htmlErrors, visibleProblems } from '../support/page-checks.js'
import { sharedByTests } from '../support/press.js'
import { freePort } from '../support/program.js'

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

const desk = sharedByTests(openDesk)

async function draft(who: Colleague, fields: Record<string, string>): Promise<string> {
  const id = await newArticle(who)
  await save(who, id, fields)
  return id
}

async function shownPages(who: Colleague, pages: Shown[]): Promise<ShownPage[]> {
  const shown: ShownPage[] = []
  for (const { name, url, form, status = 200 } of pages) {
    const { statusCode, body, headers } = form ? await who.post(url, form) : await who.get(url)
    expect([name, statusCode]).toEqual([name, status])
    shown.push({ name, html: body, status, headers })
  }
  return shown
}

test.skipIf(!hasProgram('java', 'default-jre-headless'))(
  'every page of the list and of publishing is valid HTML to the Nu checker',
  async () => {
    const { pages, editor } = await desk()
    expect(await htmlErrors(await shownPages(editor, pages))).toEqual([])
  },
)

describeInBrowser(
  'the list and publishing in a browser',
  browser => {
    async function tabOf(editor: Colleague, origin: string): Promise<Page> {
      const context = await browser().newContext({ viewport: { width: 1280, height: 1000 } })
      await context.addCookies(cookiesFor(editor, origin))
      return context.newPage()
    }

    test('no page has an axe violation, sideways scrolling or a message in the console', async () => {
      const { press, pages, editor, origin } = await desk()
      const shown = {
        ...{ pages: await shownPages(editor, pages), origin },
        ...{ server: press.http.server, cookies: cookiesFor(editor, origin) },
      }
      expect(await visibleProblems(browser(), shown)).toEqual([])
    }, 400_000)

    test('by keyboard alone an article is published as it stands on the screen, with what was typed last', async () => {
      const { press, editor, origin } = await desk()
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
      expect((await press.http.inject('/articles/typed-at-a-desk')).body).toContain(
        'A dek that nobody saved.',
      )
      await tab.context().close()
    }, 120_000)

    test('ticked articles go to the trash and come back by the undo that is offered', async () => {
      const { press, editor, origin } = await desk()
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
  },
  atAGlance,
)
