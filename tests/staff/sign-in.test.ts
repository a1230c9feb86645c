import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { isPassword } from '../../src/staff/passwords.js'
import { movableClock, openPress } from '../support/press.js'
import { cookieOf, desk, owner, post, setUp, setupPath, signIn, signOut } from './door.js'

const DAY = 86_400_000
const naughty: string[] = JSON.parse(
  readFileSync(path.join(programFolder, 'tests/fixtures/blns.json'), 'utf8'),
)

test('whoever has an account signs in, sees the desk and signs out', async () => {
  const press = await openPress()
  await setUp(press)
  const answer = await signIn(press, { ...owner, email: ' ADA@Example.ORG ' })
  expect(answer.statusCode).toBe(303)
  const cookie = cookieOf(answer)
  expect((await desk(press, cookie)).statusCode).toBe(200)

  const out = await signOut(press, cookie)
  expect(out.statusCode).toBe(303)
  expect(out.headers.location).toBe('/admin/sign-in')
  expect(out.cookies).toMatchObject([{ name: 'handpress', value: '', path: '/' }])
  expect((await desk(press, cookie)).headers.location).toBe('/admin/sign-in')
})

test('whoever is not signed in is led to the door; who is, past it', async () => {
  const press = await openPress()
  const cookie = await setUp(press)
  for (const stranger of ['', 'handpress=', 'handpress=wrong', `handpress=${'A'.repeat(43)}`]) {
    const answer = await desk(press, stranger)
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/admin/sign-in')
  }
  const door = await press.http.inject({ url: '/admin/sign-in', headers: { cookie } })
  expect(door.statusCode).toBe(303)
  expect(door.headers.location).toBe('/admin')
})

test('a wrong password and an unknown address get the same answer', async () => {
  const press = await openPress()
  await setUp(press)
  const wrong = await signIn(press, { email: owner.email, password: 'four unrelated words' })
  const unknown = await signIn(press, { email: 'bob@example.org', password: 'four unrelated words' })
  expect(wrong.statusCode).toBe(422)
  expect(unknown.statusCode).toBe(422)
  expect(wrong.body).toContain('do not belong together')
  expect(unknown.body.replace('bob@', 'ada@')).toBe(wrong.body)
  expect(wrong.cookies).toEqual([])
})

test('nobody’s password is never right', async () => {
  expect(await isPassword(undefined, '')).toBe(false)
  expect(await isPassword(undefined, owner.password)).toBe(false)
})

test('empty fields are named, typed ones kept, the password not', async () => {
  const press = await openPress()
  const answer = await signIn(press, { email: 'nobody', password: '' })
  expect(answer.statusCode).toBe(422)
  const links = [...answer.body.matchAll(/<li><a href="(#\w+)">/g)].map(match => match[1])
  expect(links).toEqual(['#email', '#password'])
  expect(answer.body).toContain('value="nobody"')
  expect(answer.body).toContain('Open the owner link that the program prints')
})

test('on http the cookie is for this site, for the server, for 90 days', async () => {
  const press = await openPress()
  await setUp(press)
  const header = String([(await signIn(press)).headers['set-cookie']].flat()[0])
  expect(header).toMatch(/^handpress=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/)
})

test('on https it is also secure and bound to this host', async () => {
  const press = await openPress({ SITE_URL: 'https://news.example.org' })
  const cookie = await setUp(press)
  expect((await desk(press, cookie)).statusCode).toBe(200)
  const header = String([(await signIn(press)).headers['set-cookie']].flat()[0])
  expect(header).toMatch(
    /^__Host-handpress=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
})

test('on https every cookie of staff is bound to this host', async () => {
  const press = await openPress({ SITE_URL: 'https://news.example.org' })
  await setUp(press)
  const set = [(await signIn(press)).headers['set-cookie']].flat()
  expect(set.map(header => String(header).split('=')[0])).toEqual([
    '__Host-handpress',
    '__Host-handpress-device',
  ])
})

test('readers get no cookie, even when they send one', async () => {
  const press = await openPress()
  const cookie = await setUp(press)
  for (const url of ['/', '/contribute', '/no-such-page']) {
    const answer = await press.http.inject({ url, headers: { cookie } })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.body).not.toContain(owner.name)
  }
})

test('a session ends after 14 days without use', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const cookie = await setUp(press)
  for (let visit = 0; visit < 3; visit += 1) {
    advance(13 * DAY)
    expect((await desk(press, cookie)).statusCode).toBe(200)
  }
  advance(14 * DAY)
  expect((await desk(press, cookie)).statusCode).toBe(303)
})

test('a session ends after 90 days, used or not', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const cookie = await setUp(press)
  for (let day = 0; day < 80; day += 10) {
    advance(10 * DAY)
    expect((await desk(press, cookie)).statusCode).toBe(200)
  }
  advance(10 * DAY)
  expect((await desk(press, cookie)).statusCode).toBe(303)
})

test('signing in again ends the session that the browser had', async () => {
  const press = await openPress()
  const former = await setUp(press)
  const cookie = cookieOf(await signIn(press, owner, { cookie: former }))
  expect(cookie).not.toBe(former)
  expect((await desk(press, former)).statusCode).toBe(303)
  expect((await desk(press, cookie)).statusCode).toBe(200)
})

test.each([
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'http://localhost:3000.evil.example' }, 403],
  [{ 'sec-fetch-site': 'same-origin' }, 303],
  [{ 'sec-fetch-site': 'none' }, 303],
  [{ origin: 'http://localhost:3000' }, 303],
  [{}, 303],
])('a form that comes with %j is answered %d', async (headers, status) => {
  const press = await openPress()
  const cookie = await setUp(press)
  const answers = [await signIn(press, owner, headers), await signOut(press, cookie, headers)]
  expect(answers.map(answer => answer.statusCode)).toEqual([status, status])
  expect((await desk(press, cookie)).statusCode).toBe(status === 403 ? 200 : 303)
  if (status === 403) expect(answers[0]?.body).toContain('sent from another site')
})

test('a forged form does not make an account', async () => {
  const press = await openPress()
  const url = await setupPath(press)
  expect((await post(press, url, owner, { origin: 'https://evil.example' })).statusCode).toBe(403)
  expect((await post(press, url, owner)).statusCode).toBe(303)
})

test('nothing under /admin is stored, indexed or sent elsewhere', async () => {
  const press = await openPress()
  const setup = await setupPath(press)
  const cookie = await setUp(press)
  const answers = await Promise.all(
    ['/admin', '/admin/', '/admin/sign-in', setup, '/admin/no-such-page'].flatMap(url => [
      press.http.inject(url),
      press.http.inject({ url, headers: { cookie } }),
      press.http.inject({ method: 'POST', url, headers: { origin: 'https://evil.example' } }),
    ]),
  )
  for (const { headers, statusCode } of answers) {
    expect(statusCode).toBeLessThan(500)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-robots-tag']).toBe('noindex, nofollow')
    expect(headers['referrer-policy']).toBe('same-origin')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  }
})

test('whatever stands in a field, the answer is a page and never a fault', async () => {
  const press = await openPress({ RATE_LIMITS: 'off' })
  const setup = await setupPath(press)
  const attack = async (text: string) => {
    const value = text.replace(/\p{Surrogate}/gu, '\ufffd')
    const answers = [
      await post(press, setup, { name: value, email: value, password: 'short' }),
      await post(press, setup, { ...owner, email: value, password: value, name: '' }),
      await post(press, '/admin/sign-in', { email: value, password: 'wrong' }),
      await post(press, '/admin/sign-in', { email: 'not an address', password: value }),
      await press.http.inject(`/admin/setup?token=${encodeURIComponent(value)}`),
      await desk(press, `handpress=${encodeURIComponent(value)}`),
    ]
    for (const { statusCode, body } of answers) {
      expect(statusCode, JSON.stringify(value)).toBeLessThan(500)
      expect(/<script(?! defer src="\/assets\/)|<img/i.test(body), JSON.stringify(value)).toBe(false)
    }
  }
  for (const value of naughty) await attack(value)
  await attack('x'.repeat(1_000_000))
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), attack), { numRuns: 40 })
})

test('any text is a password that signs in again', async () => {
  const password = `𝕡𝕒𝕤𝕤 \u0000 \u202e ﬁve "quoted" words; drop table${', and so on'.repeat(20)}`
  const press = await openPress()
  await post(press, await setupPath(press), { ...owner, password })
  expect((await signIn(press, { ...owner, password })).statusCode).toBe(303)
  const others = [
    password.slice(1),
    password.slice(0, -1),
    password.toUpperCase(),
    password.normalize('NFKC'),
  ]
  for (const other of others)
    expect((await signIn(press, { ...owner, password: other })).statusCode).toBe(422)
})

test.each([
  ['application/json', '{"email":{"$ne":1},"password":["a"]}', 415],
  ['application/json', '[1]', 415],
  ['text/plain', 'email=ada@example.org', 415],
  ['application/x-www-form-urlencoded', 'email=a&email=b&password=c&password=d', 422],
  ['application/x-www-form-urlencoded', '', 422],
  ['application/xml', '<email/>', 415],
  ['application/x-www-form-urlencoded', `password=${'x'.repeat(1_100_000)}`, 413],
])('a body that is no form of ours is refused: %s %s', async (type, payload, status) => {
  const press = await openPress()
  for (const url of ['/admin/sign-in', await setupPath(press)]) {
    const answer = await press.http.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': type },
    })
    expect(answer.statusCode).toBe(status)
  }
})
