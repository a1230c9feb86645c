import { describe, expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { openPress, type Press } from '../support/press.js'

async function openDesk() {
  const press = await openNewsroom()
  await press.site.saveIdentity({
    ...(await press.site.site()).identity,
    name: 'The Handpress Courier',
    contact: 'desk@example.org',
    footer: [{ label: 'Archive', url: '/archive' }],
  })
  await press.publish()
  return { press, editor: await colleague(press, 'editor') }
}

const article = '/articles/story-1'
const read = async (press: Press, url: string) => (await press.http.inject(url)).body
const versionIn = (body: string) => /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''

/** Fills a form of the furniture as it stands and sends it with these changes. */
async function save(editor: Colleague, name: string, fields: Record<string, string>) {
  const { body } = await editor.get(`/admin/site/${name}`)
  return editor.post(`/admin/site/${name}`, { version: versionIn(body), ...fields })
}

function undoOf(answer: { cookies: { name: string; value: string }[] }): string {
  const said = answer.cookies.find(({ name }) => name === 'handpress-said')?.value ?? ''
  return JSON.parse(Buffer.from(said, 'base64url').toString()).undo?.action
}

const whole = { name: 'The Evening Proof', tagline: 'Set by hand', description: 'A paper.', contact: '' }

describe('what an editor says about the site, readers see at once', () => {
  test('name, tagline and contact', async () => {
    const { press, editor } = await openDesk()
    expect(await read(press, '/.well-known/security.txt')).toContain('desk@example.org')
    const answer = await save(editor, 'identity', { ...whole, contact: 'proof@example.org' })
    expect(answer.statusCode).toBe(303)
    expect(await read(press, '/')).toContain('The Evening Proof')
    expect(await read(press, article)).toContain('Set by hand')
    expect(await read(press, '/feed.xml')).toContain('The Evening Proof')
    expect(await read(press, '/.well-known/security.txt')).toContain('proof@example.org')
  })

  test('a description in a field of several lines, as one line', async () => {
    const { press, editor } = await openDesk()
    const description = `A paper of one town, ${'and of its harbour, '.repeat(10)}since 1871.`
    await save(editor, 'identity', { ...whole, description: description.replace('town, ', 'town,\r\n') })
    expect((await press.site.site()).identity.description).toBe(description)
    const { body } = await editor.get('/admin/site/identity')
    expect(body).toMatch(new RegExp(`<textarea[^>]+name="description"[^>]*>\n${description}</textarea>`))
  })

  test('language and time zone', async () => {
    const { press, editor } = await openDesk()
    await save(editor, 'language', { language: 'he', timeZone: 'Asia/Tokyo' })
    expect(await read(press, '/')).toContain('<html lang="he" dir="rtl">')
    expect((await press.site.site()).identity.timeZone).toBe('Asia/Tokyo')
  })

  test('the quick note: its text, and whether it is there', async () => {
    const { press, editor } = await openDesk()
    await save(editor, 'note', { show: 'yes', text: 'We *moved*.' })
    expect(await read(press, '/')).toContain('We <em>moved</em>.')
    expect(await read(press, article)).toContain('We <em>moved</em>.')
    await save(editor, 'note', { text: 'We *moved*.' })
    expect(await read(press, '/')).not.toContain('quick-note"')
  })

  test.each([
    ['appeal', '/contribute'],
    ['tip-line', article],
    ['newsletter', '/'],
  ])('the %s box', async (name, url) => {
    const { press, editor } = await openDesk()
    await save(editor, name, { title: 'A new heading', text: 'A **new** text.', button: 'Press here' })
    const body = await read(press, url)
    expect(body).toContain('A new heading')
    expect(body).toContain('A <strong>new</strong> text.')
  })

  test.each(['navigation', 'footer', 'social'])('the links: %s', async name => {
    const { press, editor } = await openDesk()
    const { body } = await editor.get(`/admin/site/${name}`)
    const rows: [string, string][] = [
      ['label', 'One'],
      ['url', '/pages/about'],
      ['label', 'Two'],
      ['url', 'https://example.org/two'],
    ]
    await editor.post(`/admin/site/${name}`, [...rows, ['version', versionIn(body)], ['action', 'down:0']])
    const page = await read(press, '/')
    expect(page.indexOf('href="https://example.org/two"')).toBeGreaterThan(0)
    expect(page.indexOf('>Two</a>')).toBeLessThan(page.indexOf('>One</a>'))
  })
})

test('a link leads into the site or to https, nowhere else', async () => {
  const { press, editor } = await openDesk()
  const before = (await press.site.site()).identity.footer
  for (const url of [
    'javascript:alert(1)',
    'http://example.org',
    '//example.org',
    '/\\example.org',
    'about',
    '',
  ]) {
    const { body } = await editor.get('/admin/site/footer')
    const answer = await editor.post('/admin/site/footer', [
      ['version', versionIn(body)],
      ['label', 'Bad'],
      ['url', url],
      ['label', ''],
      ['url', ''],
    ])
    expect(answer.statusCode, url).toBe(422)
    expect(answer.body).toContain('href="#url-0"')
  }
  expect((await press.site.site()).identity.footer).toEqual(before)
})

describe('a form that cannot be used comes back with what was typed and what to do', () => {
  test.each([
    ['identity', { ...whole, name: ' ' }, 'Give the paper a name.'],
    ['identity', { ...whole, contact: 'nobody' }, 'Write an address such as newsroom@example.org'],
    ['language', { language: 'en', timeZone: 'Mars/Olympus' }, 'Choose a time zone from the list.'],
    ['language', { language: 'not a language', timeZone: 'UTC' }, 'Choose a language from the list.'],
    ['note', { show: 'yes', text: '' }, 'Write the note, or take the tick away.'],
    ['appeal', { title: '', text: 'Kept text', button: 'Go' }, 'Write a heading.'],
    ['look', { own: 'yes', accent: 'red' }, 'Choose a colour, or write one such as #0a5c8a.'],
    ['look', { logo: 'nowhere.png' }, 'There is no picture of that name.'],
  ])('%s', async (name, fields, message) => {
    const { press, editor } = await openDesk()
    const before = (await press.site.site()).identity
    const answer = await save(editor, name, fields as Record<string, string>)
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain(message)
    expect(answer.body).toContain('class="error-summary"')
    expect((await press.site.site()).identity).toEqual(before)
  })
})

test('a preview shows what was typed and saves nothing', async () => {
  const { press, editor } = await openDesk()
  const answer = await save(editor, 'note', { show: 'yes', text: 'Only *tried*.', preview: 'yes' })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toContain('Only <em>tried</em>.')
  expect(await read(press, '/')).not.toContain('tried')
})

test('a note cannot bring a script into the desk or the paper', async () => {
  const { press, editor } = await openDesk()
  const text = '<img src=x onerror=alert(1)> [x](javascript:alert(1))'
  await save(editor, 'note', { show: 'yes', text })
  for (const body of [await read(press, '/'), (await editor.get('/admin/site/note')).body]) {
    expect(body).not.toMatch(/<img src=x/)
    expect(body).not.toMatch(/href="javascript:/)
  }
})

test('two editors at once: the second sees both texts, and saving again is a decision', async () => {
  const { press, editor } = await openDesk()
  const other = await colleague(press, 'owner')
  const version = versionIn((await editor.get('/admin/site/identity')).body)
  await save(other, 'identity', { ...whole, name: 'The first to save' })
  const stale = await editor.post('/admin/site/identity', { ...whole, name: 'The second', version })
  expect(stale.statusCode).toBe(409)
  expect(stale.body).toContain('The first to save')
  expect(stale.body).toContain('value="The second"')
  expect((await press.site.site()).identity.name).toBe('The first to save')
  const again = await editor.post('/admin/site/identity', {
    ...whole,
    name: 'The second',
    version: versionIn(stale.body),
  })
  expect(again.statusCode).toBe(303)
  expect((await press.site.site()).identity.name).toBe('The second')
})

test('two editors at different parts do not meet', async () => {
  const { press, editor } = await openDesk()
  const version = versionIn((await editor.get('/admin/site/identity')).body)
  await save(editor, 'note', { show: 'yes', text: 'Meanwhile' })
  await editor.post('/admin/site/identity', { ...whole, version })
  expect((await press.site.site()).identity).toMatchObject({
    name: 'The Evening Proof',
    quickNote: { text: 'Meanwhile' },
  })
})

test('a change is taken back by its undo, unless something else was changed since', async () => {
  const { press, editor } = await openDesk()
  const first = await save(editor, 'identity', whole)
  expect((await editor.post(undoOf(first))).statusCode).toBe(303)
  expect((await press.site.site()).identity.name).toBe('The Handpress Courier')
  const second = await save(editor, 'identity', whole)
  await save(editor, 'note', { show: 'yes', text: 'Later' })
  expect((await editor.post(undoOf(second))).statusCode).toBe(409)
  expect((await press.site.site()).identity.name).toBe('The Evening Proof')
})

test('every change is in the audit trail, and one that changes nothing is not', async () => {
  const { press, editor } = await openDesk()
  const { entries } = await press.audit.verify()
  await save(editor, 'identity', whole)
  await save(editor, 'identity', whole)
  expect(await press.audit.verify()).toEqual({ entries: entries + 1, problems: [] })
})

test('what another process changes of the site stands on the next page that this one makes', async () => {
  const { press, editor } = await openDesk()
  const other = await openPress({ DATA_DIR: press.dataDir })
  expect(await read(other, article)).toContain('The Handpress Courier')
  await save(editor, 'identity', whole)
  await save(editor, 'tip-line', { title: 'Tell us', text: 'What *you* know.', button: 'Tell' })
  const page = await read(other, article)
  expect(page).toContain('The Evening Proof')
  expect(page).toContain('<h2 id="tip-box-heading">Tell us</h2>')
  expect(page).not.toContain('The Handpress Courier')
})

test('the menu marks the page that it stands on, on every page another one', async () => {
  const { press } = await openDesk()
  const { identity } = await press.site.site()
  const navigation = [
    { label: 'All', url: '/archive' },
    { label: 'Errata', url: '/corrections' },
  ]
  await press.site.saveIdentity({ ...identity, navigation })
  const marked = async (url: string) => /<a href="([^"]+)" aria-current/.exec(await read(press, url))?.[1]
  expect([await marked('/archive'), await marked('/corrections'), await marked(article)]).toEqual([
    '/archive',
    '/corrections',
    undefined,
  ])
})
