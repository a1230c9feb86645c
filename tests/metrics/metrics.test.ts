import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { editionFolder } from '../support/edition.js'
import { readExposition, type Series } from '../support/exposition.js'
import { form, openPress, type Press, sharedByTests } from '../support/press.js'
import { ask, serveTogether } from '../support/workers.js'

const TOKEN = 'a-token-of-some-length'
const loopback = { host: 'localhost:3000' }

const press = sharedByTests(async () =>
  openPress({ DATA_DIR: await editionFolder(), METRICS_TOKEN: TOKEN, RATE_LIMITS: 'off' }),
)

async function look(of: Press): Promise<Series> {
  const { body, statusCode } = await of.http.inject({ url: '/metrics', headers: loopback })
  expect(statusCode).toBe(200)
  return readExposition(body).series
}

const answered = (series: Series, route: string, status: string): number =>
  series.get(`handpress_http_requests_total{from="made",method="GET",route="${route}",status="${status}"}`) ??
  0

describe('what is measured', () => {
  test('answers are counted and timed by the pattern of their route, never by address', async () => {
    const { http } = await press()
    const before = await look(await press())
    await http.inject('/search?q=a-word-somebody-looks-for')
    await http.inject('/articles/a-slug-that-nobody-wrote')
    await http.inject('/newsletter/confirm/a-token-that-is-none')
    await http.inject('/an-address-of-nothing')
    const { body } = await http.inject({ url: '/metrics', headers: loopback })
    const { series } = readExposition(body)
    const counted = (route: string, status: string) =>
      answered(series, route, status) - answered(before, route, status)
    expect(counted('/search', '2xx')).toBe(1)
    expect(counted('/articles/:slug', '4xx')).toBe(1)
    expect(counted('none', '4xx')).toBe(1)
    expect(series.get('handpress_http_request_duration_seconds_count{from="made",route="/search"}')).toBe(1)
    expect(body).not.toMatch(/somebody|nobody-wrote|that-is-none|address-of-nothing/)
  })

  test('database, event loop, queues, process and version are told', async () => {
    const series = await look(await press())
    const atLeast = (name: string) => expect(series.get(name), name).toBeGreaterThan(0)
    for (const act of ['read', 'write', 'sync']) atLeast(`handpress_database_seconds_count{act="${act}"}`)
    await expect
      .poll(async () => (await look(await press())).get('handpress_event_loop_lag_seconds_count{}'))
      .toBeGreaterThan(0)
    for (const name of ['cpu_seconds_total', 'resident_memory_bytes', 'open_fds', 'uptime_seconds'])
      atLeast(`process_${name}{process="1"}`)
    for (const queue of [
      'outbox',
      'outbox_held',
      'outbox_failed',
      'sign_ups',
      'sign_ups_received',
      'password_resets',
    ])
      expect(series.get(`handpress_waiting{queue="${queue}"}`), queue).toBe(0)
    for (const state of ['queued', 'accepted', 'failed', 'unknown'])
      expect(series.get(`handpress_deliveries{state="${state}"}`), state).toBe(0)
    expect([...series.keys()].some(name => /^handpress_build_info\{version="\d/.test(name))).toBe(true)
  })

  test('a mail is counted with the place of its relay and what became of it, not with an address', async () => {
    const { http, mail, newsletter } = await press()
    await http.inject({ method: 'POST', url: '/newsletter', ...form({ email: 'marked@reader.example' }) })
    const received = await look(await press())
    await newsletter.reception.workOff()
    const waiting = await look(await press())
    await mail.deliverDue()
    const { body } = await http.inject({ url: '/metrics', headers: loopback })
    const { series } = readExposition(body)
    expect(received.get('handpress_waiting{queue="sign_ups_received"}')).toBe(1)
    expect(waiting.get('handpress_waiting{queue="sign_ups_received"}')).toBe(0)
    expect(waiting.get('handpress_waiting{queue="outbox"}')).toBe(1)
    expect(series.get('handpress_waiting{queue="outbox"}')).toBe(0)
    expect(series.get('handpress_mail_total{outcome="accepted",relay="folder"}')).toBe(1)
    expect(body).not.toMatch(/marked|reader\.example/)
  })

  test('numbers grow the same whether or not somebody leaves a tip, comes back or reads about it', async () => {
    const { http } = await press()
    await look(await press())
    const quiet = grown(await look(await press()), await look(await press()))
    const before = await look(await press())
    const sent = await http.inject({ method: 'POST', url: '/tips', ...form({ message: 'A secret.' }) })
    expect(sent.statusCode).toBe(200)
    const [, codename = ''] = /id="codename"[^>]*>([^<]+)</.exec(sent.body) ?? []
    expect(codename.split(' ')).toHaveLength(7)
    await http.inject({ method: 'POST', url: '/tips/return', ...form({ codename }) })
    await http.inject('/tips/what-we-hold')
    await http.inject('/tips/an-address-of-nothing')
    await http.inject('/admin/tips')
    expect(grown(before, await look(await press()))).toEqual(quiet)
  })
})

/** By how much counts grew; what is told of time and of the process is left out. */
function grown(before: Series, after: Series): [string, number][] {
  const isCount = (name: string) => /^handpress_.*(_total|_count)\{/.test(name) && !name.includes('loop')
  return [...after]
    .filter(([name]) => isCount(name))
    .map(([name, number]): [string, number] => [name, number - (before.get(name) ?? 0)])
    .filter(([, by]) => by !== 0)
}

describe('who may look', () => {
  const status = async (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
    (
      await (
        await press()
      ).http.inject({ url: '/metrics', headers: { ...loopback, ...headers }, remoteAddress })
    ).statusCode

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'who asks on the machine itself, at %s',
    async address => {
      expect(await status({}, address)).toBe(200)
    },
  )

  test('who has the token, from anywhere', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, host: 'paper.example' }
    expect(await status(headers, '192.0.2.7')).toBe(200)
    expect(await status({ ...headers, 'x-forwarded-for': '192.0.2.7' })).toBe(200)
  })

  test.each([
    ['elsewhere', {}, '192.0.2.7'],
    ['elsewhere with another token', { authorization: `Bearer ${TOKEN}s` }, '192.0.2.7'],
    ['elsewhere with no token', { authorization: 'Bearer ' }, '192.0.2.7'],
    ['elsewhere with a password', { authorization: `Basic ${TOKEN}` }, '192.0.2.7'],
    ['through a proxy on the machine', { 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
    ['through a proxy that says so by another header', { forwarded: 'for=192.0.2.7' }, '127.0.0.1'],
    ['a page in a browser that calls the machine by another name', { host: 'evil.example' }, '127.0.0.1'],
  ])('not %s', async (_who, headers, address) => {
    expect(await status(headers, address)).toBe(401)
  })

  test('behind a proxy nobody is taken for the operator without the token', async () => {
    const { http } = await openPress({ TRUST_PROXY: '127.0.0.1', METRICS_TOKEN: TOKEN })
    const ask = async (headers: Record<string, string>) =>
      (await http.inject({ url: '/metrics', headers: { ...loopback, ...headers } })).statusCode
    expect(await ask({})).toBe(401)
    expect(await ask({ authorization: `Bearer ${TOKEN}` })).toBe(200)
  })
})

test('two processes answer as one, and no sum falls when one of them is killed', async () => {
  const program = await serveTogether(2)
  const read = async () => readExposition((await ask(`${program.url}/metrics`)).body).series
  const PAGES = 40
  for (let page = 0; page < PAGES; page++) {
    await ask(`${program.url}/`)
    await ask(`${program.url}/search?q=press${page}`)
    // Workers take connections in turn: one more, so that both answer both.
    if (page % 2) await ask(`${program.url}/healthz`)
  }
  const fronts = (series: Series): number =>
    ['kept', 'made']
      .map(from => `handpress_http_requests_total{from="${from}",method="GET",route="/",status="2xx"}`)
      .reduce((sum, name) => sum + (series.get(name) ?? 0), 0)
  const processes = (series: Series) =>
    [...series.keys()].filter(name => name.startsWith('process_cpu_seconds_total')).length
  const before = await read()
  expect(fronts(before)).toBe(PAGES)
  expect(answered(before, '/search', '2xx')).toBe(PAGES)
  const kept = 'handpress_http_requests_total{from="kept",method="GET",route="/",status="2xx"}'
  expect(before.get(kept)).toBeGreaterThan(PAGES / 2)
  expect(processes(before)).toBe(3)

  process.kill(program.workers()[1] ?? 0, 'SIGKILL')
  await expect.poll(() => program.workers().length, { timeout: 60_000 }).toBe(3)
  const after = await read()
  expect(fronts(after)).toBe(PAGES)
  expect(answered(after, '/search', '2xx')).toBe(PAGES)
  expect(processes(after)).toBe(3)
})

test('the dashboard asks only for what is measured', async () => {
  const { http } = await press()
  const { types } = readExposition((await http.inject({ url: '/metrics', headers: loopback })).body)
  const known = [...types].flatMap(([name, type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  const dashboard = readFileSync(path.join(programFolder, '.deploy/grafana.json'), 'utf8')
  const asked = new Set(dashboard.match(/\b(?:handpress|process)_[a-z_]+/g))
  expect(asked.size).toBeGreaterThan(15)
  expect([...asked].filter(name => !known.includes(name))).toEqual([])
})
