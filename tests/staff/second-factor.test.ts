import { generateSync } from 'otplib'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { readOrCreateRing } from '../../src/foundation/secret.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { staffKeys } from '../../src/staff/keys.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { type Browser, browser, owner, setUp, signedIn } from './door.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND

interface App {
  secret: string
  codes: string[]
}

type Algorithm = 'sha1' | 'sha256'

const codeAt = (secret: string, clock: () => Date, algorithm: Algorithm = 'sha256') =>
  generateSync({ secret, algorithm, epoch: Math.floor(clock().getTime() / SECOND) })

/** Sets an authenticator app up; resolves with what its owner keeps. */
async function addApp(person: Browser, clock: () => Date, algorithm?: Algorithm): Promise<App> {
  const { body } = await person.get('/admin/account/app')
  const secret = (/class="key">([^<]+)</.exec(body)?.[1] ?? '').replaceAll(' ', '')
  const sealed = /name="secret" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const done = await person.post('/admin/account/app', {
    secret: sealed,
    code: codeAt(secret, clock, algorithm),
  })
  expect(done.statusCode, done.body).toBe(200)
  return { secret, codes: [...done.body.matchAll(/<code>([\w-]+)<\/code>/g)].map(match => match[1] ?? '') }
}

async function openWithApp(environment: Record<string, string> = {}) {
  const time = movableClock()
  const press = await openPress(environment, { clock: time.clock })
  const person = await signedIn(press)
  const app = await addApp(person, time.clock)
  time.advance(MINUTE)
  return { press, person, app, ...time, code: () => codeAt(app.secret, time.clock) }
}

const account = { email: 'the.owner@example.org', password: owner.password }

test('with an app the password alone opens nothing; with its code, or a recovery code, one is in', async () => {
  const { press, app, code } = await openWithApp()
  for (const entered of [
    code(),
    app.codes[0] ?? '',
    ` ${app.codes[1]?.toUpperCase().replaceAll('-', ' ')}`,
  ]) {
    const other = browser(press)
    const half = await other.signIn(account)
    expect(half.statusCode).toBe(303)
    expect(half.headers.location).toBe('/admin/sign-in')
    expect(other.cookies.has('handpress')).toBe(false)
    expect(await other.isIn()).toBe(false)
    expect((await other.get('/admin/sign-in')).body).toContain('Second step')
    const done = await other.post('/admin/sign-in', { code: entered })
    expect(done.statusCode).toBe(303)
    expect(done.headers.location).toBe('/admin')
    expect(await other.isIn()).toBe(true)
    expect(other.cookies.has('handpress-half')).toBe(false)
  }
})

test('an app is asked for SHA-256; one that knows SHA-1 alone is taken as it is, and so is one of an earlier version', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const person = await signedIn(press)
  expect(press.staff.apps.offer({ id: '1', email: account.email }, 'Paper').address).toContain(
    'algorithm=SHA256',
  )
  const { secret } = await addApp(person, clock, 'sha1')
  const other = browser(press)
  const enter = async (algorithm: Algorithm) => {
    advance(MINUTE)
    await other.signIn(account)
    return (await other.post('/admin/sign-in', { code: codeAt(secret, clock, algorithm) })).statusCode
  }
  expect(await enter('sha256')).toBe(422)
  expect(await enter('sha1')).toBe(303)
  const db = openSqlite(`${press.dataDir}/site.db`)
  const keys = staffKeys(readOrCreateRing(press, 'staff-key'))
  await db.run(
    sql`update accounts set totp = ${keys.seal(secret, `totp ${person.id}`)} where id = ${person.id}`,
  )
  await db.close()
  expect(await enter('sha1')).toBe(303)
})

test('a proof to be there takes what signing in takes: the password alone is none of who has a second factor', async () => {
  const { press, person, app, code, advance } = await openWithApp()
  advance(11 * MINUTE)
  const prove = (fields: Record<string, string>) => person.post('/admin/account/confirm', fields)
  const { password } = owner
  expect((await person.get('/admin/account/confirm')).body).toContain('name="code"')
  for (const [fields, sentence] of [
    [{ password }, 'enter a code of your app'],
    [{ password, code: '' }, 'enter a code of your app'],
    [{ password, code: '000000' }, 'This code is not right'],
    [{ password: 'wrong', code: code() }, 'This is not your password'],
  ] as const) {
    const answer = await prove(fields)
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain(sentence)
  }
  expect((await person.get('/admin/account/app')).headers.location).toContain('/admin/account/confirm')
  expect((await prove({ password, code: code() })).statusCode).toBe(303)
  expect((await person.get('/admin/account/app')).statusCode).toBe(200)
  advance(11 * MINUTE)
  expect((await prove({ password, code: app.codes[5] ?? '' })).statusCode).toBe(303)
  expect(press.logged()).toContain('"by":"code, as a proof"')
})

test('every refusal at the door stands in the log with its factor and the number of the account, and without what was typed', async () => {
  const { press, person } = await openWithApp()
  const other = browser(press)
  await other.signIn({ email: 'nobody@example.org', password: 'of no account' })
  await other.signIn({ ...account, password: 'another one' })
  await other.signIn(account)
  await other.post('/admin/sign-in', { code: '000000' })
  await other.post('/admin/sign-in/passkey', { credential: '{}' })
  await browser(press).post('/admin/sign-in/passkey', { credential: '{}' })
  const lines = press
    .logged()
    .split('\n')
    .filter(line => line.includes('signing in was refused'))
    .map(line => JSON.parse(line))
  expect(lines.map(({ by, account }) => [by, account])).toEqual([
    ['password', 'unknown'],
    ['password', person.id],
    ['code', person.id],
    ['passkey after the password', person.id],
    ['passkey', 'unknown'],
  ])
  expect(press.logged()).not.toMatch(/nobody@|of no account|another one|000000/)
})

test('address, password and code may come in one form', async () => {
  const { press, code } = await openWithApp()
  const other = browser(press)
  const done = await other.post('/admin/sign-in', { ...account, code: code() })
  expect(done.headers.location).toBe('/admin')
  expect(await other.isIn()).toBe(true)
})

test('whoever is half-way opens nothing with what they hold', async () => {
  const { press } = await openWithApp()
  const other = browser(press)
  await other.signIn(account)
  const half = other.cookies.get('handpress-half') ?? ''
  for (const cookie of [
    `handpress=${half}`,
    `handpress-half=${half}`,
    `handpress=${half}; handpress-half=${half}`,
  ])
    for (const url of [
      '/admin',
      '/admin/account',
      '/admin/people',
      '/admin/account/app',
      '/admin/account/confirm',
    ]) {
      const answer = await press.http.inject({ url, headers: { cookie } })
      expect(answer.statusCode).toBe(303)
      expect(answer.headers.location).toMatch(/^\/admin\/sign-in(\?next=|$)/)
    }
})

test('a code that was used is refused, also in the next half minute and to somebody else who saw it', async () => {
  const { press, code, advance } = await openWithApp()
  const seen = code()
  const first = browser(press)
  await first.signIn(account)
  expect((await first.post('/admin/sign-in', { code: seen })).statusCode).toBe(303)
  for (const wait of [0, 29 * SECOND]) {
    advance(wait)
    const second = browser(press)
    await second.signIn(account)
    expect((await second.post('/admin/sign-in', { code: seen })).statusCode).toBe(422)
  }
})

test('of two who send the same code in the same moment one gets in', async () => {
  const { press, code } = await openWithApp()
  const both = [browser(press), browser(press)]
  for (const one of both) await one.signIn(account)
  const answers = await Promise.all(both.map(one => one.post('/admin/sign-in', { code: code() })))
  expect(answers.map(answer => answer.statusCode).sort()).toEqual([303, 422])
})

test('a recovery code works once', async () => {
  const { press, app } = await openWithApp()
  const code = app.codes[3] ?? ''
  for (const status of [303, 422]) {
    const other = browser(press)
    await other.signIn(account)
    expect((await other.post('/admin/sign-in', { code })).statusCode).toBe(status)
  }
})

test('the second step ends after ten minutes', async () => {
  const { press, code, advance } = await openWithApp()
  const other = browser(press)
  await other.signIn(account)
  advance(10 * MINUTE)
  const late = await other.post('/admin/sign-in', { code: code() })
  expect(late.statusCode).toBe(422)
  expect(late.body).toContain('Start again')
  expect(await other.isIn()).toBe(false)
})

/** Somebody half-way in, in the first second of a code's life, and codes of other moments. */
async function atBeginningOfStep() {
  const opened = await openWithApp()
  const { press, app, clock, advance } = opened
  advance(30 * SECOND - (clock().getTime() % (30 * SECOND)))
  const other = browser(press)
  await other.signIn(account)
  const codeIn = (seconds: number) => codeAt(app.secret, () => new Date(clock().getTime() + seconds * SECOND))
  return { ...opened, other, codeIn, enter: (code: string) => other.post('/admin/sign-in', { code }) }
}

const ended = 'This code has just ended. Enter the one that the app shows now.'
const early = 'This code is not good yet: the clock of your device is ahead.'

test.each([
  [-31, 'This code is not right'],
  [-30, ended],
  [-1, ended],
  [0, ''],
  [29, ''],
  [30, early],
  [59, early],
  [60, 'This code is not right'],
])(
  'a code of %i seconds from the beginning of these thirty opens the desk or is told of: %j',
  async (seconds, said) => {
    const { enter, codeIn, other } = await atBeginningOfStep()
    const answer = await enter(codeIn(seconds))
    expect(answer.statusCode).toBe(said ? 422 : 303)
    expect(answer.body).toContain(said)
    expect(await other.isIn()).toBe(said === '')
  },
)

test('a code that has just ended, or is not good yet, is no wrong one: it neither shuts the second step nor clears what was tried', async () => {
  const { enter, codeIn, other, press } = await atBeginningOfStep()
  const untimely = async () => {
    for (const seconds of [-1, 30, -1]) expect((await enter(codeIn(seconds))).statusCode).toBe(422)
  }
  await untimely()
  for (let number = 0; number < 4; number += 1) expect((await enter('000000')).statusCode).toBe(422)
  await untimely()
  await untimely()
  expect((await enter('000000')).statusCode).toBe(422)
  expect((await enter(codeIn(0))).statusCode).toBe(429)
  expect(await other.isIn()).toBe(false)
  expect(press.logged().match(/"by":"code"/g)).toHaveLength(14)
})

test('nothing is said of a code to who does not know the password, nor of one that was used', async () => {
  const { press, codeIn, enter, advance } = await atBeginningOfStep()
  const stranger = browser(press)
  const said = async (email: string, code: string) =>
    (await stranger.post('/admin/sign-in', { email, password: 'not the right words', code })).body
  for (const email of [account.email, 'nobody@example.org'])
    for (const seconds of [-1, 0, 30]) {
      const answer = await said(email, codeIn(seconds))
      expect(answer).toContain('do not belong together')
      expect(answer).not.toMatch(/just ended|not good yet|This code/)
    }
  const used = codeIn(0)
  expect((await enter(used)).statusCode).toBe(303)
  advance(30 * SECOND)
  const other = browser(press)
  await other.signIn(account)
  expect((await other.post('/admin/sign-in', { code: used })).body).toContain('or was used before')
})

test('setting the app up and proving to be there take a code in its own thirty seconds, and say so as well', async () => {
  const { person, codeIn, clock, advance } = await atBeginningOfStep()
  advance(15 * MINUTE)
  const prove = (code: string) => person.post('/admin/account/confirm', { password: owner.password, code })
  for (const [seconds, sentence] of [
    [-1, ended],
    [30, early],
  ] as const)
    for (let number = 0; number < 4; number += 1)
      expect((await prove(codeIn(seconds))).body).toContain(sentence)
  expect((await prove(codeIn(0))).statusCode).toBe(303)
  const { body } = await person.get('/admin/account/app')
  const secret = (/class="key">([^<]+)</.exec(body)?.[1] ?? '').replaceAll(' ', '')
  const sealed = /name="secret" value="([^"]+)"/.exec(body)?.[1] ?? ''
  for (const algorithm of ['sha256', 'sha1'] as const)
    for (const [seconds, sentence] of [
      [-1, ended],
      [30, early],
    ] as const) {
      const code = codeAt(secret, () => new Date(clock().getTime() + seconds * SECOND), algorithm)
      const answer = await person.post('/admin/account/app', { secret: sealed, code })
      expect([answer.statusCode, answer.body.includes(sentence)]).toEqual([422, true])
    }
})

test('five wrong codes shut the second step', async () => {
  const { press, code } = await openWithApp()
  const other = browser(press)
  await other.signIn(account)
  for (let number = 0; number < 5; number += 1)
    expect((await other.post('/admin/sign-in', { code: '000000' })).statusCode).toBe(422)
  const refused = await other.post('/admin/sign-in', { code: code() })
  expect(refused.statusCode).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
})

test('setting the app up wants a right code, makes ten recovery codes and signs other browsers out', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const person = await signedIn(press)
  const other = browser(press)
  await other.signIn(account)
  const before = person.cookies.get('handpress')
  const { body } = await person.get('/admin/account/app')
  expect(body).toContain('<svg class="qr"')
  const sealed = /name="secret" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const wrong = await person.post('/admin/account/app', { secret: sealed, code: '123456' })
  expect(wrong.statusCode).toBe(422)
  const { codes } = await addApp(person, clock)
  expect(new Set(codes).size).toBe(10)
  // Of 32 letters each, which makes 140 bits.
  for (const code of codes) expect(code).toMatch(/^([\da-hjkmnp-tv-z]{4}-){6}[\da-hjkmnp-tv-z]{4}$/)
  expect(person.cookies.get('handpress')).not.toBe(before)
  expect(await person.isIn()).toBe(true)
  expect(await other.isIn()).toBe(false)
  // What was offered half an hour ago, or to somebody else, is not taken.
  advance(31 * MINUTE)
  await person.post('/admin/account/confirm', { password: owner.password, code: codes[0] ?? '' })
  const late = await person.post('/admin/account/app', { secret: sealed, code: '123456' })
  expect(late.body).toContain('open for too long')
})

test('the secret and the recovery codes are not readable in the database and never shown again', async () => {
  const { press, person, app } = await openWithApp()
  const db = openSqlite(`${press.dataDir}/site.db`)
  const rows = JSON.stringify([
    await db.all(sql`select * from accounts`),
    await db.all(sql`select * from recovery_codes`),
  ])
  await db.close()
  const { body } = await person.get('/admin/account')
  for (const secret of [app.secret, ...app.codes, ...app.codes.map(code => code.replaceAll('-', ''))]) {
    expect(rows).not.toContain(secret)
    expect(body).not.toContain(secret)
  }
  expect(body).toContain('10 of 10 recovery codes are left')
})

test('new recovery codes end the old ones; without an app the password is enough again', async () => {
  const { press, person, app, advance } = await openWithApp()
  const made = await person.post('/admin/account/recovery-codes')
  const [fresh = ''] = [...made.body.matchAll(/<code>([\w-]+)<\/code>/g)].map(match => match[1])
  const other = browser(press)
  await other.signIn(account)
  expect((await other.post('/admin/sign-in', { code: app.codes[0] ?? '' })).statusCode).toBe(422)
  expect((await other.post('/admin/sign-in', { code: fresh })).statusCode).toBe(303)
  advance(MINUTE)
  expect((await person.post('/admin/account/app/remove')).statusCode).toBe(303)
  const third = browser(press)
  await third.signIn(account)
  expect(await third.isIn()).toBe(true)
})

test('when the newsroom asks for a second factor, who has none sets one up before anything else', async () => {
  const { clock } = movableClock()
  const press = await openPress({}, { clock })
  const chief = await signedIn(press)
  await addApp(chief, clock)
  const author = await signedIn(press, 'author')
  expect((await chief.post('/admin/people/second-factor', { ask: 'everybody' })).statusCode).toBe(303)
  expect(await chief.isIn()).toBe(true)
  for (const url of ['/admin', '/admin/account', '/admin/articles']) {
    const led = await author.get(url)
    expect(led.statusCode).toBe(303)
    expect(led.headers.location).toBe('/admin/account/second-factor')
  }
  expect((await author.post('/admin/account/name', { name: 'X' })).statusCode).toBe(403)
  expect((await author.get('/admin/account/second-factor')).body).toContain(
    'asks everybody for a second factor',
  )
  await addApp(author, clock)
  expect(await author.isIn()).toBe(true)
  await chief.post('/admin/people/second-factor', { ask: 'nobody' })
  expect(await (await signedIn(press, 'editor')).isIn()).toBe(true)
})

test('an owner takes a lost second factor away, which ends the sessions', async () => {
  const { clock } = movableClock()
  const press = await openPress({}, { clock })
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author')
  await addApp(author, clock)
  expect((await chief.post(`/admin/people/${author.id}/factors`)).statusCode).toBe(303)
  expect(await author.isIn()).toBe(false)
  await author.signIn({ email: author.email, password: owner.password })
  expect(await author.isIn()).toBe(true)
})

test('signing in, and the rise from half-way, each give a new session', async () => {
  const press: Press = await openPress()
  const first = await setUp(press)
  const person = browser(press)
  await person.signIn()
  expect(`handpress=${person.cookies.get('handpress')}`).not.toBe(first)
})
