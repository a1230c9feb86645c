import { generateSync } from 'otplib'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { browser, linkTo, mails, owner, post, signedIn } from './door.js'

const HOUR = 3_600_000
const requests = sql`select id from reset_requests`
const words = 'a lamp beside nine quiet rivers'
const account = { email: 'the.owner@example.org', password: owner.password }

/** Asks for a link as the page does, and waits until the asking was looked at. */
async function ask(press: Press, email: string) {
  const answer = await post(press, '/admin/reset', { email })
  await press.staff.answerResets()
  return answer
}

test('a link by mail changes a forgotten password, once, and ends all sessions', async () => {
  const press = await openPress()
  const me = await signedIn(press)
  expect((await ask(press, ' The.Owner@Example.org')).statusCode).toBe(200)
  const link = await linkTo(press, account.email)
  const other = browser(press)
  expect((await other.get(link)).statusCode).toBe(200)
  expect((await other.post(link, { password: 'short' })).statusCode).toBe(422)
  const done = await other.post(link, { password: words })
  expect(done.statusCode).toBe(200)
  expect(other.cookies.has('handpress')).toBe(false)
  expect(await me.isIn()).toBe(false)
  expect((await other.post(link, { password: words })).statusCode).toBe(404)
  expect((await browser(press).signIn(account)).statusCode).toBe(422)
  expect((await browser(press).signIn({ ...account, password: words })).statusCode).toBe(303)
})

test('known and unknown addresses get the same answer; only the known one gets mail', async () => {
  const press = await openPress()
  await signedIn(press)
  const known = await ask(press, account.email)
  const unknown = await ask(press, 'nobody@example.org')
  expect(unknown.body).toBe(known.body)
  expect(unknown.statusCode).toBe(known.statusCode)
  expect((await mails(press)).map(({ to }) => to)).toEqual([account.email])
})

test('nothing is looked up before the answer: asking does the same work for every address', async () => {
  const press = await openPress()
  await signedIn(press)
  const before = await press.db.all(requests)
  await press.staff.askForReset('nobody@example.org')
  await press.staff.askForReset(account.email)
  expect(await press.db.all(requests)).toHaveLength(before.length + 2)
  await Promise.all([press.staff.answerResets(), press.staff.answerResets()])
  expect(await press.db.all(requests)).toHaveLength(0)
  expect(await mails(press)).toHaveLength(1)
})

test('a link ends after an hour', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  await signedIn(press)
  await ask(press, account.email)
  const link = await linkTo(press, account.email)
  advance(HOUR - 1)
  expect((await browser(press).get(link)).statusCode).toBe(200)
  advance(1)
  expect((await browser(press).post(link, { password: words })).statusCode).toBe(404)
})

test('nobody is mailed more than three links at a time, nor is who is invited or disabled', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author')
  await chief.post('/admin/people/invite', { email: 'bob@example.org', role: 'author' })
  await chief.post(`/admin/people/${author.id}/disable`)
  const sent = (await mails(press)).length
  await ask(press, author.email)
  await ask(press, 'bob@example.org')
  expect(await mails(press)).toHaveLength(sent)
  for (let number = 0; number < 5; number += 1) await ask(press, account.email)
  expect(await mails(press)).toHaveLength(sent + 3)
  advance(HOUR)
  await ask(press, account.email)
  expect(await mails(press)).toHaveLength(sent + 4)
})

test('asking too often from one place is refused, known address or not', async () => {
  const press = await openPress()
  const statuses: number[] = []
  for (let number = 0; number < 11; number += 1)
    statuses.push((await ask(press, 'nobody@example.org')).statusCode)
  expect(statuses.at(-1)).toBe(429)
  expect(statuses.slice(0, 10).every(status => status === 200)).toBe(true)
})

test('an address that a client makes up in a proxy’s head counts for nothing where no proxy is trusted', async () => {
  const press = await openPress()
  const statuses: number[] = []
  for (let number = 0; number < 11; number += 1) {
    const made = {
      'x-forwarded-for': `192.0.2.${number}`,
      'x-real-ip': `192.0.2.${number}`,
      forwarded: 'for=x',
    }
    statuses.push((await post(press, '/admin/reset', { email: 'nobody@example.org' }, made)).statusCode)
  }
  expect(statuses.slice(-2)).toEqual([200, 429])
})

test('a link to a new password does not open the account of who has a second factor', async () => {
  const { clock } = movableClock()
  const press = await openPress({}, { clock })
  const me = await signedIn(press)
  const { body } = await me.get('/admin/account/app')
  const secret = (/class="key">([^<]+)</.exec(body)?.[1] ?? '').replaceAll(' ', '')
  const sealed = /name="secret" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const code = generateSync({ secret, epoch: Math.floor(clock().getTime() / 1_000) })
  await me.post('/admin/account/app', { secret: sealed, code })
  await ask(press, account.email)
  const other = browser(press)
  await other.post(await linkTo(press, account.email), { password: words })
  await other.signIn({ ...account, password: words })
  expect(await other.isIn()).toBe(false)
  expect((await other.get('/admin/sign-in')).body).toContain('Second step')
})
