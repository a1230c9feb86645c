import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { form, sharedByTests } from '../support/press.js'
import { answersIn, letReadersIn, request, said } from '../support/raw-http.js'

/** A press that readers reach as they do in earnest, where the answer to sign-ups is kept once the first was given. */
const shared = sharedByTests(async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const port = await letReadersIn(press)
  const post = (body: string, ...further: string[]) =>
    request(
      'POST /newsletter HTTP/1.1',
      ...['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`, ...further],
    ) + body
  const answers = async (...requests: string[]) => {
    const heard = await said(port, requests.join('').replaceAll(/\r\n\r\n$/g, '\r\n\r\n'))
    return answersIn(heard, Array(requests.length).fill('POST')).map(({ status, headers, body }) => {
      const { date: _date, connection: _connection, 'keep-alive': _alive, ...rest } = headers
      return { status, headers: rest, body }
    })
  }
  const received = async () => {
    const rows = await press.db.all(sql`select sign_up as "signUp" from sign_ups_received order by number`)
    return (rows as { signUp: string }[]).map(({ signUp }) => JSON.parse(signUp).email.key as string)
  }
  return { press, post, answers, received, port }
})

const closing = 'Connection: close'

test('everybody who signs up gets the same answer, as it would be made anew, and each is taken', async () => {
  const { press, post, answers, received } = await shared()
  const given = await answers(
    post('email=first@example.org'),
    post('email=second%40example.org&name=Ada'),
    post('email=third@example.org&website=spam'),
    post('email=fourth@example.org', closing),
  )
  const { statusCode, headers, body } = await press.http.inject({
    ...{ method: 'POST', url: '/newsletter' },
    ...form({ email: 'anew@example.org' }),
  })
  const { connection: _connection, date: _date, ...anew } = headers
  expect(given).toHaveLength(4)
  for (const answer of given) expect(answer).toEqual({ status: statusCode, headers: anew, body })
  expect(await received()).toEqual([
    ...['first@example.org', 'second@example.org', 'fourth@example.org', 'anew@example.org'],
  ])
})

test('what is wrong with a form is said to whoever sent it, among many that are right', async () => {
  const { post, answers } = await shared()
  const [right, wrong, last] = await answers(
    post('email=right@example.org'),
    post('email=nobody'),
    post('email=last@example.org', closing),
  )
  expect([right?.status, wrong?.status, last?.status]).toEqual([200, 422, 200])
  expect(wrong?.body).toContain('value="nobody"')
  expect(right?.body).toBe(last?.body)
  expect(right?.body).not.toContain('nobody')
})

test('once the paper has another name, the answer bears it', async () => {
  const { press, post, answers } = await shared()
  const ask = async (email: string) => (await answers(post(`email=${email}`, closing)))[0]?.body
  expect(await ask('before@example.org')).not.toContain('The Lock')
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, name: 'The Lock' })
  expect(await ask('after@example.org')).toContain('The Lock')
})

test('nobody gets the answer by asking for it', async () => {
  const { answers, post } = await shared()
  await answers(post('email=somebody@example.org', closing))
  for (const target of ['POST /newsletter', '/POST%20/newsletter', '/POST /newsletter']) {
    const [answer] = await answers(request(`GET ${target} HTTP/1.1`, closing))
    expect(answer?.body).not.toContain('Look into your inbox')
  }
})
