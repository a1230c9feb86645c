import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { join, linkIn, mails, signUp } from '../support/newsletter.js'
import { form, openPress, type Press } from '../support/press.js'

const states = async (press: Press) =>
  (await press.db.all(sql`select status, suppressed from subscribers order by id`)) as object[]

const boundary = 'one-click'
const multipart = [
  `--${boundary}`,
  'Content-Disposition: form-data; name="List-Unsubscribe"',
  '',
  'One-Click',
  `--${boundary}--`,
  '',
].join('\r\n')

test.each([
  ['urlencoded', 'application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
  ['multipart', `multipart/form-data; boundary=${boundary}`, multipart],
  ['nothing at all', undefined, undefined],
  ['an empty form', 'application/x-www-form-urlencoded', ''],
  ['text', 'text/plain', 'List-Unsubscribe=One-Click'],
  ['JSON that is none', 'application/json', '{'],
  ['a type that is none', 'x', 'whatever'],
  ['a body without a type', undefined, 'List-Unsubscribe=One-Click'],
])('one click leaves with %s: 200, no redirect, no cookie', async (_what, type, payload) => {
  const press = await openPress()
  const { leave } = await join(press)
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) await press.http.inject({ method, url: leave })
  expect(await states(press)).toEqual([{ status: 'active', suppressed: null }])
  for (let count = 0; count < 2; count++) {
    const answer = await press.http.inject({
      method: 'POST',
      url: leave,
      headers: { ...(type && { 'content-type': type }), origin: 'https://mail.example', cookie: 'a=b' },
      ...(payload !== undefined && { payload }),
    })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
  }
  expect(await states(press)).toEqual([{ status: 'unsubscribed', suppressed: null }])
})

test('the list header is one line, its link short, and no row stands in the database for it', async () => {
  const press = await openPress()
  await join(press)
  expect(await press.db.all(sql`select purpose from subscriber_tokens`)).toEqual([{ purpose: 'confirm' }])
  const all = await mails(press)
  expect(all.map(mail => mail.subject?.split(' ')[0])).toEqual(['Please', 'Welcome'])
  for (const mail of all) {
    const field = mail.headerLines.find(({ key }) => key === 'list-unsubscribe')?.line ?? ''
    expect(field).toMatch(/^List-Unsubscribe: <[^\s]+\/newsletter\/unsubscribe\/[\w-]{43}>$/)
    expect(mail.text).toContain('Change what you get: http://localhost:3000/newsletter/preferences/')
    expect(mail.html).toContain(linkIn(mail.text, 'preferences'))
  }
})

test('links that earlier versions mailed still leave', async () => {
  const press = await openPress()
  await join(press)
  const token = 'dG9rZW5vZmVhcmxpZXI_22'
  const hash = createHash('sha256').update(token).digest('hex')
  await press.db.run(sql`insert into subscriber_tokens (hash, purpose, subscriber_id)
    select ${hash}, 'unsubscribe', id from subscribers`)
  const url = `/newsletter/unsubscribe/${token}`
  expect((await press.http.inject({ method: 'POST', url })).statusCode).toBe(200)
  expect(await states(press)).toEqual([{ status: 'unsubscribed', suppressed: null }])
})

test('a link serves its purpose only, and only as it was made', async () => {
  const press = await openPress()
  const { confirm, leave, preferences } = await join(press)
  const last = (link: string) => link.slice(link.lastIndexOf('/') + 1)
  const forged = [
    `/newsletter/unsubscribe/${last(preferences)}`,
    `/newsletter/unsubscribe/${last(confirm)}`,
    `/newsletter/unsubscribe/${'A'.repeat(43)}`,
    `${leave.slice(0, -1)}${leave.endsWith('A') ? 'B' : 'A'}`,
    `${leave}A`,
  ]
  for (const url of forged)
    for (const method of ['GET', 'POST'] as const) {
      const answer = await press.http.inject({ method, url })
      expect(answer.statusCode, url).toBe(404)
      expect(answer.body).toContain('This link does not open')
      expect(answer.body).toContain('Use the link at the foot of the newest mail.')
      expect(answer.body).not.toContain('ign up again')
    }
  expect(await states(press)).toEqual([{ status: 'active', suppressed: null }])
})

test('whoever left by mistake is put back with one more click, who never confirmed is not', async () => {
  const press = await openPress()
  const { leave } = await join(press)
  const left = await press.http.inject({ method: 'POST', url: leave, ...form({}) })
  const [, back = ''] = /action="([^"]+mistake)"/.exec(left.body) ?? []
  expect((await press.http.inject({ url: back })).statusCode).toBe(404)
  expect((await press.http.inject({ method: 'POST', url: back, ...form({}) })).body).toContain('again')
  expect(await states(press)).toEqual([{ status: 'active', suppressed: null }])
  expect(await press.db.all(sql`select event, form from consents order by id`)).toEqual([
    { event: 'signed-up', form: 'elsewhere' },
    { event: 'confirmed', form: 'mail' },
    { event: 'unsubscribed', form: 'mail' },
    { event: 'confirmed', form: 'left-page' },
  ])

  await signUp(press, { email: 'other@example.org' })
  const never = linkIn((await mails(press)).at(-1)?.text, 'unsubscribe')
  const gone = await press.http.inject({ method: 'POST', url: never, ...form({}) })
  expect(gone.body).not.toContain('mistake"')
  const forced = await press.http.inject({ method: 'POST', url: `${never}/mistake`, ...form({}) })
  expect(forced.statusCode).toBe(404)
  expect((await states(press))[1]).toEqual({ status: 'unsubscribed', suppressed: null })
})
