import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { IdentitySchema } from '../../src/site/index.js'
import { movableClock, openPress } from '../support/press.js'
import { cookieOf, desk, owner, post, setUp, setupPath } from './door.js'

const HOUR = 3_600_000

test('the owner’s link opens a form that makes the account and signs its owner in', async () => {
  const press = await openPress({ SITE_URL: 'http://localhost:3400' })
  expect(await press.staff.setupLink()).toMatch(/^http:\/\/localhost:3400\/admin\/setup\?token=[\w-]{43}$/)
  const path = await setupPath(press)
  const page = await press.http.inject(path)
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain(`action="${path}"`)
  const answer = await post(press, path, owner)
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe('/admin')
  expect((await desk(press, cookieOf(answer))).body).toContain('Welcome, <bdi>Ada</bdi>')
})

test('the link works once, and none is made when there is an owner', async () => {
  const press = await openPress()
  const path = await setupPath(press)
  await post(press, path, owner)
  const again = await post(press, path, { ...owner, email: 'eve@example.org' })
  expect(again.statusCode).toBe(404)
  expect(again.body).toContain('An owner’s account was already made.')
  expect((await press.http.inject(path)).statusCode).toBe(404)
  expect(await press.staff.setupLink()).toBeUndefined()
})

test('of two who use the link in the same moment one becomes the owner', async () => {
  const press = await openPress()
  const path = await setupPath(press)
  const answers = await Promise.all([
    post(press, path, owner),
    post(press, path, { ...owner, email: 'eve@example.org' }),
  ])
  expect(answers.map(answer => answer.statusCode).sort()).toEqual([303, 404])
})

test('a link ends after 48 hours, and when a newer one is made', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const first = await setupPath(press)
  const second = await setupPath(press)
  expect((await press.http.inject(first)).statusCode).toBe(404)
  advance(48 * HOUR - 1)
  expect((await press.http.inject(second)).statusCode).toBe(200)
  advance(1)
  const late = await post(press, second, owner)
  expect(late.statusCode).toBe(404)
  expect(late.body).toContain('Restart the program')
  expect(late.cookies).toEqual([])
})

test.each(['', '?token=', '?token=wrong', `?token=${'A'.repeat(43)}`, '?token=a&token=b', '?token[]=a'])(
  'an address without the right token opens nothing: %j',
  async query => {
    const press = await openPress()
    await press.staff.setupLink()
    const url = `/admin/setup${query}`
    for (const answer of [await press.http.inject(url), await post(press, url, owner)]) {
      expect(answer.statusCode).toBe(404)
      expect(answer.body).toContain('Restart the program')
    }
  },
)

test.each([
  ['name', '  ', 'Enter your name.'],
  ['email', 'nobody', 'Enter an email address such as'],
  ['password', 'too short', 'at least 12 characters'],
  ['password', '🗝🗝🗝🗝🗝🗝', 'at least 12 characters'],
  ['password', 'x'.repeat(1_001), 'at most 1000 characters'],
  ['password', 'aaaaaaaaaaaa', 'nobody would try first'],
  ['password', 'abcabcabcabc', 'nobody would try first'],
  ['password', 'abcdefghijklm', 'nobody would try first'],
  ['password', 'Ada@Example.org', 'nobody would try first'],
  ['password', 'the handpress COURIER', 'nobody would try first'],
  ['password', 'The-Handpress-Courier!2026', 'nobody would try first'],
  ['password', '#Handpress2026', 'nobody would try first'],
])('a form with the %s %j is shown again with what to do', async (field, value, message) => {
  const press = await openPress()
  await press.site.saveIdentity(IdentitySchema.parse({ name: 'The Handpress Courier' }))
  const path = await setupPath(press)
  const answer = await post(press, path, { ...owner, [field]: value })
  expect(answer.statusCode).toBe(422)
  expect(answer.body).toContain(message)
  expect(answer.body).toContain(`<a href="#${field}">`)
  expect(answer.body).toContain(`id="${field}-error"`)
  expect(answer.body).toContain(field === 'email' ? 'value="Ada"' : 'value="ada@example.org"')
  expect(answer.body).not.toContain(owner.password)
  expect((await post(press, path, owner)).statusCode).toBe(303)
})

test('neither password, token nor session stand in the database as they are', async () => {
  const press = await openPress()
  const path = await setupPath(press)
  const cookie = cookieOf(await post(press, path, owner)).split('=')[1]
  const db = openSqlite(`${press.dataDir}/site.db`)
  const rows = JSON.stringify([
    await db.all(sql`select * from accounts`),
    await db.all(sql`select * from sessions`),
    await db.all(sql`select * from staff_links`),
  ])
  await db.close()
  expect(rows).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  for (const secret of [owner.password, cookie, path.split('=')[1]]) expect(rows).not.toContain(secret)
})

test('passwords, addresses and tokens are not logged', async () => {
  const press = await openPress()
  const path = await setupPath(press)
  const session = cookieOf(await post(press, path, owner)).split('=')[1]
  await post(press, '/admin/sign-in', owner)
  await post(press, '/admin/sign-in', { ...owner, password: 'another secret word' })
  expect(press.logged()).toContain('/admin/setup')
  for (const secret of [owner.email, owner.password, session, path.split('=')[1], 'another secret word']) {
    expect(press.logged()).not.toContain(secret)
  }
})

test('the account is there after the program starts again', async () => {
  const first = await openPress()
  const cookie = await setUp(first)
  await first.http.close()
  const second = await openPress({ DATA_DIR: first.dataDir })
  expect(await second.staff.setupLink()).toBeUndefined()
  expect((await desk(second, cookie)).statusCode).toBe(200)
})
