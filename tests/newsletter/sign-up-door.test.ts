import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openNewsroom } from '../support/newsroom.js'
import { form, sharedByTests } from '../support/press.js'
import { answersIn, letReadersIn, request, said } from '../support/raw-http.js'

const CLOSING = request('GET /healthz HTTP/1.1', 'Connection: close')
const PLAIN = 'Content-Type: application/x-www-form-urlencoded'

function post(body: string, ...further: string[]): string {
  return request('POST /newsletter HTTP/1.1', PLAIN, `Content-Length: ${body.length}`, ...further) + body
}

/** A press that readers reach as they do in earnest, what was taken there, and how each answer to a form was sent. */
async function openDoor(environment: Record<string, string>) {
  const press = await openNewsroom(environment)
  const port = await letReadersIn(press)
  const ways: Promise<'whole' | 'by Node'>[] = []
  press.http.server.on('request', ({ method }: IncomingMessage, response: ServerResponse) => {
    if (method !== 'POST') return
    ways.push(once(response, 'close').then(() => (response.headersSent ? 'by Node' : 'whole')))
  })
  const ask = async (asked: string, closing = CLOSING) => {
    const [answer] = answersIn(await said(port, asked + closing), ['POST'])
    const { date: _date, connection: _connection, 'keep-alive': _alive, ...headers } = answer?.headers ?? {}
    return { status: answer?.status, headers, body: answer?.body }
  }
  const received = async () => {
    const rows = await press.db.all(sql`select sign_up as "signUp" from sign_ups_received order by number`)
    return (rows as { signUp: string }[]).map(({ signUp }) => JSON.parse(signUp).email.key as string)
  }
  return { press, port, ask, received, ways }
}

const shared = sharedByTests(() => openDoor({ RATE_LIMITS: 'off' }))

test('everybody who signs up gets the same answer, as it would be made anew, and each is taken', async () => {
  const { press, ask, received, ways } = await openDoor({ RATE_LIMITS: 'off' })
  const given = [
    await ask(post('email=first@example.org')),
    await ask(post('email=second%40example.org&name=Ada+B&website=&form=article')),
    await ask(post('email=third@example.org&website=spam')),
    await ask(post('email=fourth@example.org')),
  ]
  const { statusCode, headers, body } = await press.http.inject({
    ...{ method: 'POST', url: '/newsletter' },
    ...form({ email: 'anew@example.org' }),
  })
  const { connection: _connection, date: _date, ...anew } = headers
  for (const answer of given) expect(answer).toEqual({ status: statusCode, headers: anew, body })
  expect(await Promise.all(ways)).toEqual(['by Node', 'whole', 'whole', 'whole'])
  const taken = ['first@example.org', 'second@example.org', 'fourth@example.org', 'anew@example.org']
  expect(await received()).toEqual(taken)
  const [, second] = await press.db.all(sql`select sign_up from sign_ups_received order by number`)
  expect(JSON.parse((second as { sign_up: string }).sign_up)).toEqual({
    ...{ email: { address: 'second@example.org', key: 'second@example.org' }, name: 'Ada B' },
    ...{ frequency: 'weekly', form: 'article', sectionIds: [] },
  })
})

test('what is wrong with a form is said to whoever sent it', async () => {
  const { ask, received } = await shared()
  await ask(post('email=right@example.org'))
  const before = await received()
  const { status, body } = await ask(post('email=nobody&name=Ada'))
  expect(status).toBe(422)
  expect(body).toContain('value="nobody"')
  expect((await ask(post('email=a@example.org&sections=unknown'))).status).toBe(422)
  expect(await received()).toEqual(before)
})

test('a form that comes otherwise than most is taken by the route', async () => {
  const { port, ask, received, ways } = await shared()
  await ask(post('email=plain@example.org'))
  ways.length = 0
  const statuses = [
    await ask(post('email=typed@example.org').replace('urlencoded', 'urlencoded; charset=utf-8')),
    await ask(post('email=last@example.org', 'Connection: close'), ''),
    await ask(post('email=old@example.org').replace('HTTP/1.1', 'HTTP/1.0'), ''),
  ].map(({ status }) => status)
  const slow = connect(port, '127.0.0.1')
  const whole = post('email=slow@example.org')
  slow.write(whole.slice(0, -5))
  await new Promise(resolve => setTimeout(resolve, 50))
  slow.write(whole.slice(-5))
  const [heard] = await once(slow.setEncoding('latin1'), 'data')
  slow.destroy()
  expect([...statuses, heard.slice(0, 12)]).toEqual([200, 200, 200, 'HTTP/1.1 200'])
  expect((await Promise.all(ways)).slice(1, 3)).toEqual(['by Node', 'by Node'])
  const others = ['typed', 'last', 'old', 'slow'].map(name => `${name}@example.org`)
  expect((await received()).slice(-4)).toEqual(others)
})

test('once the paper has another name, the answer bears it, and nobody is taken twice for that', async () => {
  const { press, ask, received } = await shared()
  expect((await ask(post('email=before@example.org'))).body).not.toContain('The Lock')
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, name: 'The Lock' })
  expect((await ask(post('email=after@example.org'))).body).toContain('The Lock')
  expect((await ask(post('email=later@example.org'))).body).toContain('The Lock')
  const taken = ['before', 'after', 'later'].map(name => `${name}@example.org`)
  expect((await received()).slice(-3)).toEqual(taken)
})

test('nobody gets the answer by asking for it', async () => {
  const { ask, port } = await shared()
  await ask(post('email=somebody@example.org'))
  for (const target of ['POST /newsletter', '/POST%20/newsletter', '/POST /newsletter'])
    expect(await said(port, request(`GET ${target} HTTP/1.1`, 'Connection: close'))).not.toContain(
      'Look into your inbox',
    )
})

test('limits hold for whoever is taken before the route', async () => {
  const { ask, received, ways } = await openDoor({})
  for (let index = 0; index < 10; index++)
    expect((await ask(post(`email=reader-${index}@example.org`))).status).toBe(200)
  const { status, headers } = await ask(post('email=reader-10@example.org'))
  expect(status).toBe(429)
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  expect(await received()).toHaveLength(10)
  expect((await Promise.all(ways)).slice(1)).toEqual([...Array(9).fill('whole'), 'by Node'])
})

test('whom a proxy speaks for is counted for themselves, if the proxy is believed', async () => {
  const { ask, ways } = await openDoor({ TRUST_PROXY: 'on' })
  const from = async (client: string, name: string) =>
    (await ask(post(`email=${name}@example.org`, `X-Forwarded-For: ${client}`))).status
  for (let index = 0; index < 10; index++) expect(await from('10.0.0.1', `reader-${index}`)).toBe(200)
  expect(await from('10.0.0.1', 'one-more')).toBe(429)
  expect(await from('10.0.0.2', 'another')).toBe(200)
  expect((await Promise.all(ways)).slice(-3)).toEqual(['whole', 'by Node', 'whole'])
})

test('what the disk does not take is not acknowledged, and can be sent again', async () => {
  const { press, ask, received } = await openDoor({ RATE_LIMITS: 'off' })
  await ask(post('email=before@example.org'))
  await press.db.script(
    `create trigger refuse before insert on sign_ups_received begin select raise(abort, 'no'); end`,
  )
  expect((await ask(post('email=refused@example.org'))).status).toBe(500)
  await press.db.script('drop trigger refuse')
  expect((await ask(post('email=again@example.org'))).status).toBe(200)
  expect(await received()).toEqual(['before@example.org', 'again@example.org'])
})
