import { expect, test } from 'vitest'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { openNewsroom } from '../support/newsroom.js'
import { form, openPress } from '../support/press.js'

test('what breaks on our side is told without its inside, with a number that is in the log', async () => {
  const press = await openNewsroom()
  const db = openSqlite(`${press.dataDir}/site.db`)
  await db.script('drop table front_page')
  await db.close()
  const answer = await press.http.inject('/')
  expect(answer.statusCode).toBe(500)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).not.toMatch(/front_page|sqlite|no such table/i)
  const [, number = 'none'] = /<code>([0-9a-f-]{36})<\/code>/.exec(answer.body) ?? []
  expect(press.logged()).toContain(number)
  expect(press.logged()).toContain('no such table: front_page')
})

test('when not even the error page can be made, a sentence is sent', async () => {
  const press = await openPress()
  const db = openSqlite(`${press.dataDir}/site.db`)
  await db.script("insert or replace into settings (name, value) values ('identity', '{')")
  await db.close()
  const answer = await press.http.inject('/')
  expect(answer.statusCode).toBe(500)
  expect(answer.body).toMatch(/^Something broke on our side/)
  expect((await press.http.inject('/healthz')).json()).toEqual({ status: 'up' })
  expect((await press.http.inject('/readyz')).json()).toMatchObject({ status: 'ready' })
})

test('https brings HSTS, upgraded requests and Secure cookies; http does not', async () => {
  const secure = await openPress({ SITE_URL: 'https://paper.example' })
  const plain = await openPress()
  const [over, under] = [await secure.http.inject('/newsletter'), await plain.http.inject('/newsletter')]
  expect(over.headers['strict-transport-security']).toMatch(/max-age=\d{8}/)
  expect(over.headers['content-security-policy']).toContain('upgrade-insecure-requests')
  expect(under.headers['strict-transport-security']).toBeUndefined()
  expect(under.headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
})

test('pictures and assets may be kept for good, and by other sites’ readers', async () => {
  const press = await openNewsroom()
  const { default: sharp } = await import('sharp')
  const png = await sharp({ create: { width: 1_000, height: 500, channels: 3, background: '#a02d1b' } })
    .png()
    .toBuffer()
  const picture = await press.media.add('red.png', png)
  expect(picture).toMatchObject({ width: 1_000, height: 500 })
  for (const url of [picture.src, picture.card, picture.srcset.split(' ')[0] as string]) {
    const answer = await press.http.inject(url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toContain('immutable')
    expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
  }
  for (const url of ['/media/../site.db', '/media/%2e%2e/site.db', '/media/', '/assets/../package.json']) {
    expect((await press.http.inject(url)).statusCode).toBe(404)
  }
})

test('no folder is listed, nothing that lies beside the paper is served, and nothing answers TRACE', async () => {
  const { http } = await openPress()
  const besides = [
    '/.git/config',
    '/.env',
    '/package.json',
    '/src/main.ts',
    '/data/site.db',
    '/node_modules/',
  ]
  for (const url of [...besides, '/assets', '/assets/', '/media', '/media/'])
    expect([url, (await http.inject(url)).statusCode]).toEqual([url, 404])
  for (const url of ['/newsletter', '/tips', '/admin/sign-in', '/assets/', '/nowhere']) {
    const headers = { cookie: 'secret=echo', 'x-marked': 'echo' }
    const { statusCode, body } = await http.inject({ method: 'TRACE' as 'GET', url, headers })
    expect([url, statusCode]).toEqual([url, 404])
    expect(body).not.toContain('echo')
  }
})

test('the log is an object of JSON a line with its time in UTC, whatever is asked, and holds what was refused', async () => {
  const press = await openPress()
  const forged = '"}\r\n{"level":60,"msg":"forged"}'
  const send = (url: string, headers: Record<string, string> = {}) => {
    const { payload, headers: type } = form({ email: forged, password: forged, [forged]: forged })
    return press.http.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } })
  }
  await press.http.inject(`/nowhere${encodeURIComponent(forged)}?q=${encodeURIComponent(forged)}`)
  await press.http.inject({ url: '/search?q=ink', headers: { 'user-agent': '\\n{"msg":"forged"}' } })
  await send('/admin/sign-in')
  await send('/admin/sign-in', { 'sec-fetch-site': 'cross-site' })
  await send('/admin/people/invite')
  await send('/newsletter')
  expect(press.logged()).not.toContain('forged')
  const lines: Record<string, unknown>[] = press
    .logged()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const refused = lines.filter(({ status }) => status === 403 || status === 422)
  expect(refused.map(({ method, route, status }) => `${status} ${method} ${route}`)).toEqual([
    ...['422 POST /admin/sign-in', '403 POST /admin/sign-in', '403 POST /admin/people/invite'],
    '422 POST /newsletter',
  ])
  expect(refused.every(({ reqId }) => typeof reqId === 'string')).toBe(true)
})
