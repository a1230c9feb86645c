import type { Server } from 'node:http'
import type { LightMyRequestResponse } from 'fastify'
import { expect, test } from 'vitest'
import { atAGlance, describeInBrowser, hasProgram } from '../support/browser.js'
import { type Colleague, colleague } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import type { ShownPage } from '../support/every-page.js'
import { htmlErrors, visibleProblems } from '../support/page-checks.js'
import { sharedByTests } from '../support/press.js'
import { multipart } from '../support/tips.js'

/** The desk's pages of sections, tags, authors, corrections and redirects, in the states that a walk does not meet. */
async function termsPages(): Promise<{ pages: ShownPage[]; origin: string; server: Server }> {
  const press = await openSampleEdition({ RATE_LIMITS: 'off' })
  const origin = await press.http.listen({ port: 0, host: '127.0.0.1' })
  const editor = await colleague(press, 'editor')
  const author = await colleague(press, 'author', 'Ann Writer')
  const pages: ShownPage[] = []
  const show = (name: string, expected: number, { body, statusCode, headers }: LightMyRequestResponse) => {
    if (statusCode !== expected) throw new Error(`${name} answered ${statusCode}: ${body.slice(-1_000)}`)
    pages.push({ name, html: body, status: statusCode, headers })
  }
  for (const list of ['sections', 'tags', 'authors']) {
    show(list, 200, await editor.get(`/admin/${list}`))
    show(`${list}-refused`, 422, await editor.post(`/admin/${list}`, { name: '!!' }))
    const one = await first(editor, list)
    show(`${list}-one`, 200, await editor.get(one))
    show(`${list}-one-refused`, 422, await editor.post(one, { name: '', slug: 'No', links: 'nowhere' }))
  }
  show('tags-nothing', 200, await editor.get('/admin/tags?q=xyzzy'))
  const tag = await first(editor, 'tags')
  show('tags-used', 409, await editor.post(`${tag}/removal`))
  show('merge', 200, await editor.post(`${tag}/merge`, { into: 'encryption' }))
  show('merge-refused', 422, await editor.post(`${tag}/merge`, { into: 'xyzzy' }))
  show('profile', 200, await author.get('/admin/authors/mine'))
  show('profile-refused', 422, await author.post('/admin/authors/mine', { name: '', links: 'x' }))
  await correctionPages(press, editor, show)
  await redirectPages(press, editor, show)
  return { pages, origin, server: press.http.server }
}

const terms = sharedByTests(termsPages)

type Show = (name: string, expected: number, answer: LightMyRequestResponse) => void
type Press = Awaited<ReturnType<typeof openSampleEdition>>

async function first({ get }: Colleague, list: string): Promise<string> {
  const { body } = await get(`/admin/${list}`)
  return new RegExp(`href="(/admin/${list}/[0-9a-f-]{36})"`).exec(body)?.[1] ?? ''
}

async function correctionPages(press: Press, editor: Colleague, show: Show): Promise<void> {
  const article = await press.articles.reading.article('zoom-executive-charged-over-tiananmen-meetings')
  const corrections = `/admin/articles/${'id' in article ? article.id : ''}/corrections`
  show('corrections-desk', 200, await editor.get(corrections))
  show('corrections-refused', 422, await editor.post(corrections, { wrong: '', right: '' }))
  await editor.post(corrections, {
    wrong: 'An earlier version named the wrong court',
    right: 'It is the Eastern District.',
  })
  const { body } = await editor.get(corrections)
  show('corrections-made', 200, await editor.get(corrections))
  const [, one = ''] = new RegExp(`(${corrections}/[0-9a-f-]{36})#wrong`).exec(body) ?? []
  show('correction-reworded', 200, await editor.get(one))
  show('corrections-public', 200, await press.http.inject('/corrections'))
}

async function redirectPages(press: Press, editor: Colleague, show: Show): Promise<void> {
  show('redirects-none', 200, await editor.get('/admin/redirects'))
  const long = `/2020/12/24/${'a-very-long-slug-of-an-older-site-'.repeat(4)}end/`
  await editor.post('/admin/redirects', { from: long, to: '/articles/why-feeds-still-matter' })
  await editor.post('/admin/redirects', {
    from: '/elsewhere',
    to: 'https://archive.example.org/our/old/pages',
  })
  await editor.post('/admin/redirects', { from: '/?p=123', to: '/pages/about' })
  show('redirects', 200, await editor.get('/admin/redirects'))
  show('redirects-refused', 422, await editor.post('/admin/redirects', { from: 'x', to: 'y' }))
  show('redirects-nothing', 200, await editor.get('/admin/redirects?q=xyzzy'))
  const [, one = ''] =
    /href="(\/admin\/redirects\/[0-9a-f-]{36})"/.exec((await editor.get('/admin/redirects')).body) ?? []
  show('redirect', 200, await editor.get(one))
  show('redirect-refused', 422, await editor.post(one, { from: '/a', to: '/a' }))
  show('import', 200, await editor.get('/admin/redirects/import'))
  const send = async (content: string) => {
    const file = { field: 'file', name: 'old.csv', content }
    const { payload, headers } = multipart({ csrf: await editor.token() }, [file])
    const url = '/admin/redirects/import'
    return press.http.inject({ method: 'POST', url, payload, headers: { ...headers, cookie: editor.cookie } })
  }
  show('import-refused', 422, await send(''))
  const { headers } = await send(
    `from,to\n/new,/archive\n${long},/search\nbad,/x\n/a,/b\n/b,/a\n/c,http://x.example/\n`,
  )
  show('dry-run', 200, await editor.get(String(headers.location)))
}

test.skipIf(!hasProgram('java', 'default-jre-headless'))(
  'pages of terms, corrections and redirects are valid HTML in every state',
  { timeout: 120_000 },
  async () => {
    const { pages } = await terms()
    expect(await htmlErrors(pages)).toEqual([])
  },
)

describeInBrowser(
  'pages of terms, corrections and redirects, light and dark, narrow and wide',
  browser => {
    test('have no axe violation, no sideways scrolling and no message in the console', {
      timeout: 600_000,
    }, async () => {
      const { pages, ...shown } = await terms()
      // What answers 200 by a link is looked at by the walk through the whole desk.
      const others = pages.filter(
        ({ name, status }) => status !== 200 || /nothing|merge|run|made|reworded/.test(name),
      )
      expect(others.length).toBeGreaterThan(12)
      expect(await visibleProblems(browser(), { ...shown, pages: others })).toEqual([])
    })
  },
  atAGlance,
)
