import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { movableClock, openPress } from '../support/press.js'
import { browser, owner, setUp, signIn } from './door.js'

const MINUTE = 60_000
const wrong = { ...owner, password: 'not the right words' }
const from = (number: number) => ({ 'x-forwarded-for': `192.0.2.${number}` })

test.each([owner.email, 'nobody@example.org'])(
  'after five failures the door is shut for %s, from wherever',
  async email => {
    const { clock, advance } = movableClock()
    const press = await openPress({ TRUST_PROXY: 'on' }, { clock })
    await setUp(press)
    for (let number = 1; number <= 5; number += 1) {
      const answer = await signIn(
        press,
        { ...wrong, email: number % 2 ? email : ` ${email.toUpperCase()}` },
        from(number),
      )
      expect(answer.statusCode).toBe(422)
    }
    for (const fields of [
      { ...owner, email },
      { ...wrong, email },
    ]) {
      const refused = await signIn(press, fields, from(100))
      expect(refused.statusCode).toBe(429)
      expect(refused.headers['retry-after']).toBe('900')
      expect(refused.body).toContain('Try again in 15 minutes')
      expect(refused.body).toContain('<a href="/admin/sign-in">')
    }
    advance(15 * MINUTE)
    expect((await signIn(press, { ...owner, email }, from(100))).statusCode).toBe(
      email === owner.email ? 303 : 422,
    )
  },
)

test('many tries at once get no more than five', async () => {
  const press = await openPress()
  await setUp(press)
  const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(press, wrong)))
  expect(answers.filter(answer => answer.statusCode === 422)).toHaveLength(5)
  expect(answers.filter(answer => answer.statusCode === 429)).toHaveLength(15)
})

test('each failure after the first five shuts the door for longer, up to an hour', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  await setUp(press)
  for (let number = 0; number < 5; number += 1) await signIn(press, wrong)
  for (const minutes of [15, 30, 60, 60]) {
    expect((await signIn(press, wrong)).headers['retry-after']).toBe(String(minutes * 60))
    advance(minutes * MINUTE)
    expect((await signIn(press, wrong)).statusCode).toBe(422)
  }
})

test('signing in makes earlier failures forgotten', async () => {
  const press = await openPress()
  await setUp(press)
  for (let round = 0; round < 3; round += 1) {
    for (let number = 0; number < 4; number += 1) expect((await signIn(press, wrong)).statusCode).toBe(422)
    expect((await signIn(press)).statusCode).toBe(303)
  }
})

test('a shut door stays shut when the program starts again', async () => {
  const { clock } = movableClock()
  const first = await openPress({}, { clock })
  await setUp(first)
  for (let number = 0; number < 5; number += 1) await signIn(first, wrong)
  await first.http.close()
  const second = await openPress({ DATA_DIR: first.dataDir }, { clock })
  expect((await signIn(second)).statusCode).toBe(429)
})

test('a browser that signed in before still gets in while strangers are shut out', async () => {
  const press = await openPress()
  await setUp(press)
  const known = browser(press)
  await known.signIn()
  await known.post('/admin/sign-out')
  for (let number = 0; number < 6; number += 1) await signIn(press, wrong)
  expect((await signIn(press)).statusCode).toBe(429)
  expect((await known.signIn()).statusCode).toBe(303)
  expect(await known.isIn()).toBe(true)
})

test('the mark of a known browser is worth nothing for another account, forged, or after five failures of its own', async () => {
  const press = await openPress()
  await setUp(press)
  await press.staff.addAccount({
    name: 'Bob',
    email: 'bob@example.org',
    role: 'editor',
    password: owner.password,
  })
  const known = browser(press)
  await known.signIn()
  const mark = known.cookies.get('handpress-device') ?? ''
  const bob = { email: 'bob@example.org', password: owner.password }
  for (let number = 0; number < 5; number += 1) await signIn(press, { ...bob, password: 'wrong' })
  for (let number = 0; number < 5; number += 1) await signIn(press, wrong)
  expect((await signIn(press, bob, { cookie: `handpress-device=${mark}` })).statusCode).toBe(429)
  const forged = `${mark.split('.')[0]}.${'A'.repeat(43)}`
  expect((await signIn(press, owner, { cookie: `handpress-device=${forged}` })).statusCode).toBe(429)
  for (let number = 0; number < 5; number += 1)
    expect((await signIn(press, wrong, { cookie: `handpress-device=${mark}` })).statusCode).toBe(422)
  expect((await signIn(press, owner, { cookie: `handpress-device=${mark}` })).statusCode).toBe(429)
})

test('known and unknown addresses are locked out with the same answer', async () => {
  const { clock } = movableClock()
  const press = await openPress({}, { clock })
  await setUp(press)
  const answers: string[][] = [[], []]
  for (const [index, email] of [owner.email, 'bob@example.org'].entries())
    for (let number = 0; number < 7; number += 1) {
      const { statusCode, body } = await signIn(press, { ...wrong, email })
      answers[index]?.push(`${statusCode} ${body.replace(email, '').replace(/<code>[^<]+/, '')}`)
    }
  expect(answers[1]).toEqual(answers[0])
})

test('what failed is kept without a readable address, and only for a day', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  await setUp(press)
  await signIn(press, { ...wrong, email: 'bob@example.org' })
  const db = openSqlite(`${press.dataDir}/site.db`)
  const rows = async () => JSON.stringify(await db.all(sql`select * from sign_in_failures`))
  expect(await rows()).not.toContain('bob@')
  expect(JSON.parse(await rows())).toHaveLength(1)
  advance(24 * 60 * MINUTE)
  await signIn(press, wrong)
  expect(JSON.parse(await rows())).toHaveLength(1)
  await db.close()
})

test('one client cannot try a password on account after account', async () => {
  const press = await openPress()
  await setUp(press)
  const statuses: number[] = []
  for (let number = 0; number < 41; number += 1)
    statuses.push((await signIn(press, { ...wrong, email: `person${number}@example.org` })).statusCode)
  expect(statuses.slice(0, 40).every(status => status === 422)).toBe(true)
  expect(statuses[40]).toBe(429)
})
