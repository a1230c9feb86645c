import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { heldMemory } from '../support/held-memory.js'
import { openNewsroom } from '../support/newsroom.js'
import type { Press } from '../support/press.js'
import { multipart } from '../support/tips.js'

async function desk() {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const send = (content: string, who = editor) => sendFile(press, who, content)
  const follow = async (url: string) => {
    const { statusCode, headers } = await press.http.inject(url)
    return `${statusCode} ${headers.location ?? ''}`.trim()
  }
  return { press, editor, send, follow }
}

async function sendFile(press: Press, { cookie, token }: Colleague, content: string) {
  const { payload, headers } = multipart({ csrf: await token() }, [
    { field: 'file', name: 'redirects.csv', content },
  ])
  return press.http.inject({
    method: 'POST',
    url: '/admin/redirects/import',
    payload,
    headers: { ...headers, cookie },
  })
}

/** What the dry run's page says: each figure, and each line that is left out with its reason. */
async function found({ get }: Colleague, answer: { headers: Record<string, unknown> }) {
  const url = String(answer.headers.location)
  const { body } = await get(url)
  const figures = [...body.matchAll(/<dt>([^<]+)<\/dt><dd>([^<]+)</g)].map(([, name, count]) => [name, count])
  const problems = [...body.matchAll(/data-label="Line">(\d+)<.*?data-label="Why">([^<]*)</g)].map(
    ([, line, why]) => `${line}: ${why}`,
  )
  return { url, body, figures: Object.fromEntries(figures), problems }
}

test('a file is looked through first, and changes nothing until it is taken in', async () => {
  const { editor, send, follow } = await desk()
  await editor.post('/admin/redirects', { from: '/known', to: '/archive' })
  await editor.post('/admin/redirects', { from: '/other', to: '/archive' })
  const answer = await send(
    'from,to\n/2020/12/24/a/,/articles/a\nhttps://old.example/b?p=7,/articles/b\n/known,/archive\n/other,/search\n',
  )
  const { url, figures, problems } = await found(editor, answer)
  expect(problems).toEqual([])
  expect(figures).toMatchObject({
    Lines: '4',
    'New redirects': '2',
    'Led elsewhere until now': '1',
    'There already': '1',
    'Left out': '0',
  })
  expect(await follow('/2020/12/24/a')).toBe('404')
  expect((await editor.post(url)).statusCode).toBe(303)
  expect(await follow('/2020/12/24/a')).toBe('301 /articles/a')
  expect(await follow('/b?p=7')).toBe('301 /articles/b')
  expect(await follow('/other')).toBe('301 /search')
  expect((await editor.get(url)).statusCode).toBe(404)
})

test('every line that cannot be used is told with its number and why; the others are taken in', async () => {
  const { editor, send, follow } = await desk()
  const lines = [
    '/good,/archive',
    'bad,/archive',
    '/x,http://insecure.example/',
    '/only-one-column',
    '/good/,/search',
    '/y,javascript:alert(1)',
    '/loop-a,/loop-b',
    '/loop-b,/loop-c',
    '/loop-c,/loop-a',
    '/into-loop,/loop-a',
  ]
  const { url, problems, figures } = await found(editor, await send(`from,to\r\n${lines.join('\r\n')}\r\n`))
  expect(problems.map(problem => problem.split(':')[0])).toEqual([
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    '10',
    '11',
  ])
  expect(problems[3]).toContain('Line 2 leads from this address already.')
  expect(problems[5]).toContain('/loop-a → /loop-b → /loop-c → /loop-a')
  expect(figures).toMatchObject({ Lines: '10', 'New redirects': '1', 'Left out': '9' })
  await editor.post(url)
  expect(await follow('/good')).toBe('301 /archive')
  expect(await follow('/loop-a')).toBe('404')
})

test('circles with redirects that stand already are found, and chains through them flattened', async () => {
  const { editor, send, follow } = await desk()
  await editor.post('/admin/redirects', { from: '/a', to: '/b' })
  await editor.post('/admin/redirects', { from: '/m', to: '/n' })
  const { url, problems } = await found(editor, await send('/b,/a\n/l,/m\n/n,/o\n'))
  expect(problems).toEqual(['1: Leads in a circle: /b → /a → /b.'])
  await editor.post(url)
  expect(await follow('/l')).toBe('301 /o')
  expect(await follow('/m')).toBe('301 /o')
})

test('names of columns, semicolons, a byte order mark and quotes are understood', async () => {
  const { editor, send, follow } = await desk()
  const { url, problems } = await found(
    editor,
    await send('\uFEFFid;Target URL;Source URL\n1;/archive;"/with, comma"\n'),
  )
  expect(problems).toEqual([])
  await editor.post(url)
  expect(await follow('/with,%20comma')).toBe('301 /archive')
})

test.each([
  ['no file of lines', '', 'has no lines'],
  ['a broken quote', 'from,to\n"/a,/b\n', 'cannot be read as CSV'],
])('%s is refused with a sentence, and nothing is kept', async (_name, content, sentence) => {
  const { send } = await desk()
  const answer = await send(content)
  expect(answer.statusCode).toBe(422)
  expect(answer.body).toContain(sentence)
})

test('a file is discarded, and is nobody else’s', async () => {
  const { press, editor, send, follow } = await desk()
  const { url } = await found(editor, await send('/a,/b\n'))
  const other = await colleague(press, 'editor', 'Another editor')
  expect((await other.get(url)).statusCode).toBe(404)
  expect((await other.post(url)).statusCode).toBe(404)
  await editor.post(`${url}/removal`)
  expect((await editor.post(url)).statusCode).toBe(404)
  expect(await follow('/a')).toBe('404')
})

test('what is exported can be imported again', async () => {
  const { editor, send } = await desk()
  await editor.post('/admin/redirects', { from: '/a, "b"', to: '/archive' })
  await editor.post('/admin/redirects', { from: '/ü?p=1', to: 'https://elsewhere.example/' })
  const { body, headers } = await editor.get('/admin/redirects/export.csv')
  expect(headers['content-type']).toContain('text/csv')
  expect(body.split('\r\n')).toEqual([
    'from,to',
    '"/a, ""b""",/archive',
    '/ü?p=1,https://elsewhere.example/',
    '',
  ])
  const { figures } = await found(editor, await send(body))
  expect(figures).toMatchObject({ 'There already': '2', 'Left out': '0' })
})

test('a hundred thousand lines are taken in with little memory, one more is refused', {
  timeout: 120_000,
}, async () => {
  const { press, editor, send, follow } = await desk()
  const lines = Array.from(
    { length: 100_000 },
    (_, index) => `/old/${index}/a-slug-of-some-words,/articles/new-${index}`,
  )
  const before = heldMemory()
  const { url, figures } = await found(editor, await send(`from,to\n${lines.join('\n')}\n`))
  expect(figures).toMatchObject({ 'New redirects': '100,000', 'Left out': '0' })
  expect((await editor.post(url)).statusCode).toBe(303)
  expect(heldMemory() - before).toBeLessThan(150 * 1_048_576)
  expect(await follow('/old/99999/a-slug-of-some-words/')).toBe('301 /articles/new-99999')
  expect((await editor.get('/admin/redirects?q=old/99999')).statusCode).toBe(200)
  const refused = await send([...lines, '/one-more,/archive'].join('\n'))
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('more than 100,000 lines')
  expect(await press.http.inject('/healthz').then(answer => answer.statusCode)).toBe(200)
})
