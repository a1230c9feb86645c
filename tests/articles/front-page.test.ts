import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'

async function openDesk(stories = 6) {
  const time = movableClock()
  const press = await openNewsroom({}, { clock: time.clock })
  const titles = ['Apple', 'Birch', 'Cedar', 'Damson', 'Elder', 'Fig', 'Gorse']
  // The last one is the newest.
  for (const title of titles.slice(0, stories).reverse())
    await press.publish({ title, slug: title.toLowerCase() })
  return { press, time, editor: await colleague(press, 'editor') }
}

/** The top of the public front page, the lead first. */
async function top(press: Newsroom): Promise<string[]> {
  const { body } = await press.http.inject('/')
  const [, section = ''] = /<section class="top[^"]*"[\s\S]*?>([\s\S]*?)<\/section>/.exec(body) ?? []
  return [...section.matchAll(/<h2><a href="\/articles\/([^"]+)"/g)].map(match => match[1] ?? '')
}

async function page(editor: Colleague) {
  const { body } = await editor.get('/admin/front-page')
  const version = /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const ids = new Map(
    [...body.matchAll(/id="story-([^"]+)"[\s\S]*?href="\/articles\/([^"]+)"/g)].map(([, id, slug]) => [
      slug ?? '',
      id ?? '',
    ]),
  )
  const others = [...body.matchAll(/name="article" value="([^"]+)">\s*<button[^>]+value="add-lead"/g)]
  return { body, version, ids, others: others.map(match => match[1] ?? '') }
}

async function act(editor: Colleague, slug: string, action: string) {
  const { version, ids } = await page(editor)
  return editor.post('/admin/front-page', { version, action, article: ids.get(slug) ?? '' })
}

test('without a choice the front page stands by date', async () => {
  const { press } = await openDesk()
  expect(await top(press)).toEqual(['apple', 'birch', 'cedar', 'damson'])
})

test('a story that an editor moves stands there at once for readers', async () => {
  const { press, editor } = await openDesk()
  expect((await act(editor, 'cedar', 'lead')).statusCode).toBe(303)
  expect(await top(press)).toEqual(['cedar', 'apple', 'birch', 'damson'])
  await act(editor, 'apple', 'down')
  expect(await top(press)).toEqual(['cedar', 'birch', 'apple', 'damson'])
  await act(editor, 'damson', 'up')
  expect(await top(press)).toEqual(['cedar', 'birch', 'damson', 'apple'])
})

test('newer stories push a chosen one down, but not a pinned one', async () => {
  const { press, editor, time } = await openDesk()
  await act(editor, 'cedar', 'lead')
  await act(editor, 'birch', 'pin')
  time.advance(60_000)
  await press.publish({ slug: 'new', published: time.clock().toISOString() })
  expect(await top(press)).toEqual(['new', 'cedar', 'birch', 'apple'])
  await act(editor, 'birch', 'unpin')
  expect(await top(press)).toEqual(['new', 'cedar', 'birch', 'apple'])
  time.advance(60_000)
  await press.publish({ slug: 'newest', published: time.clock().toISOString() })
  expect(await top(press)).toEqual(['newest', 'new', 'cedar', 'birch'])
})

test('a story left to its date goes where its date puts it', async () => {
  const { press, editor } = await openDesk()
  await act(editor, 'damson', 'lead')
  expect(await top(press)).toEqual(['damson', 'apple', 'birch', 'cedar'])
  await act(editor, 'damson', 'release')
  expect(await top(press)).toEqual(['apple', 'birch', 'cedar', 'damson'])
})

test('a pinned story that is withdrawn leaves no gap', async () => {
  const { press, editor } = await openDesk()
  await act(editor, 'apple', 'pin')
  await press.publish({ slug: 'apple', title: 'Apple', status: 'withdrawn', withdrawnReason: 'Wrong.' })
  expect(await top(press)).toEqual(['birch', 'cedar', 'damson', 'elder'])
})

test('an article that is found by search can be made the lead', async () => {
  const { press, editor } = await openDesk()
  const { body } = await editor.get('/admin/front-page?q=fig')
  const id = /name="article" value="([^"]+)">\s*<button[^>]+value="add-lead" aria-label="Lead: Fig"/.exec(
    body,
  )
  expect(id).not.toBeNull()
  const { version } = await page(editor)
  await editor.post('/admin/front-page', { version, action: 'add-lead', article: id?.[1] ?? '' })
  expect(await top(press)).toEqual(['fig', 'apple', 'birch', 'cedar'])
  expect((await editor.get('/admin/front-page?q=xyzzy')).body).toContain('No published article fits')
})

test('what was just done can be undone, exactly', async () => {
  const { press, editor } = await openDesk()
  await act(editor, 'apple', 'pin')
  await act(editor, 'cedar', 'lead')
  const before = await top(press)
  const done = await act(editor, 'damson', 'lead')
  const said = done.cookies.find(({ name }) => name === 'handpress-said')?.value ?? ''
  const { undo } = JSON.parse(Buffer.from(said, 'base64url').toString())
  await editor.post(undo.action)
  expect(await top(press)).toEqual(before)
  expect((await page(editor)).body).toContain('Pinned')
})

test('who moves something on a page that is no longer so is told, and nothing is changed', async () => {
  const { press, editor } = await openDesk()
  const other = await colleague(press, 'owner')
  const { version, ids } = await page(editor)
  await act(other, 'cedar', 'lead')
  const answer = await editor.post('/admin/front-page', {
    version,
    action: 'lead',
    article: ids.get('damson') ?? '',
  })
  expect(answer.statusCode).toBe(409)
  expect(answer.body).toContain('The front page has changed since you opened it')
  expect(await top(press)).toEqual(['cedar', 'apple', 'birch', 'damson'])
})

test('sections follow in the editors’ order, and hidden ones keep their own page', async () => {
  const { press, editor } = await openDesk()
  await press.publish({ section: 'press', slug: 'about-ink' })
  const rivers = async () =>
    [...(await press.http.inject('/')).body.matchAll(/id="section-([^"]+)"/g)].map(match => match[1])
  for (let count = 0; count < 6; count++) await press.publish()
  expect(await rivers()).toEqual(['security', 'press'])
  const { body, version } = await page(editor)
  const [security = '', inky = ''] = [...body.matchAll(/id="section-([^"]+)" data-id/g)].map(
    match => match[1] ?? '',
  )
  await editor.post('/admin/front-page/sections', { version, action: 'up', section: inky })
  expect(await rivers()).toEqual(['press', 'security'])
  const next = await page(editor)
  await editor.post('/admin/front-page/sections', {
    version: next.version,
    action: 'hide',
    section: security,
  })
  expect(await rivers()).toEqual(['press'])
  expect((await press.http.inject('/sections/security')).statusCode).toBe(200)
})

test('the preview is the real front page, framed by the desk only', async () => {
  const { editor } = await openDesk()
  const answer = await editor.get('/admin/front-page/preview')
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'self'")
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).toContain('class="masthead"')
})

test('each change is in the audit trail', async () => {
  const { press, editor } = await openDesk()
  await act(editor, 'cedar', 'lead')
  expect(await press.audit.verify()).toMatchObject({ problems: [] })
  expect((await press.audit.verify()).entries).toBeGreaterThan(0)
})
