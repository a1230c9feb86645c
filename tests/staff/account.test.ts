import { expect, test } from 'vitest'
import { deviceName } from '../../src/staff/devices.js'
import { movableClock, openPress } from '../support/press.js'
import { browser, linkTo, mails, owner, signedIn } from './door.js'

const MINUTE = 60_000
const words = 'a lamp beside nine quiet rivers'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const account = { email: 'the.owner@example.org', password: owner.password }

test.each([
  [firefox, 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  ['<script>alert(1)</script>', 'An unknown device'],
  [undefined, 'An unknown device'],
])('%j is called %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name)
})

test('my page lists where I am signed in, and ends one session or all others', async () => {
  const press = await openPress()
  const me = await signedIn(press)
  const colleague = await signedIn(press, 'author')
  const laptop = browser(press, { 'user-agent': firefox })
  const phone = browser(press)
  await laptop.signIn(account)
  await phone.signIn(account)
  const { body } = await me.get('/admin/account')
  expect(body).toContain('Firefox on Linux')
  // Two of one day can be told apart.
  expect(body).toMatch(/data-label="Since"><time [^>]+>\d+ \w+ \d{4} at \d\d:\d\d</)
  const ids = [...body.matchAll(/sessions\/([\w-]+)\/end"/g)].map(match => match[1])
  expect(ids.filter(id => id !== 'end-others')).toHaveLength(2)
  const one = body.slice(body.indexOf('Firefox on Linux')).match(/sessions\/([\w-]+)\/end"/)?.[1]
  expect((await colleague.post(`/admin/account/sessions/${one}/end`)).statusCode).toBe(404)
  expect(await laptop.isIn()).toBe(true)
  expect((await me.post(`/admin/account/sessions/${one}/end`)).statusCode).toBe(303)
  expect(await laptop.isIn()).toBe(false)
  expect(await phone.isIn()).toBe(true)
  await me.post('/admin/account/sessions/end-others')
  expect(await phone.isIn()).toBe(false)
  expect(await me.isIn()).toBe(true)
  expect(await colleague.isIn()).toBe(true)
})

test('ending a session wants a proof of the last ten minutes', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const me = await signedIn(press)
  const other = browser(press)
  await other.signIn(account)
  const [, id] = /sessions\/([\w-]{36})\/end"/.exec((await me.get('/admin/account')).body) ?? []
  advance(10 * MINUTE)
  for (const which of [id, 'end-others']) {
    const url = `/admin/account/sessions/${which}${which === id ? '/end' : ''}`
    expect((await me.post(url)).headers.location).toMatch(/^\/admin\/account\/confirm/)
  }
  expect(await other.isIn()).toBe(true)
  await me.post('/admin/account/confirm', { password: owner.password })
  await me.post(`/admin/account/sessions/${id}/end`)
  expect(await other.isIn()).toBe(false)
})

test('another password renews this session, ends all others and is told by mail', async () => {
  const press = await openPress()
  const me = await signedIn(press)
  const other = browser(press)
  await other.signIn(account)
  const before = me.cookies.get('handpress')
  expect((await me.post('/admin/account/password', { password: 'passwordpassword' })).statusCode).toBe(422)
  expect((await me.post('/admin/account/password', { password: words })).statusCode).toBe(303)
  expect(me.cookies.get('handpress')).not.toBe(before)
  expect(await me.isIn()).toBe(true)
  expect(await other.isIn()).toBe(false)
  const old = await press.http.inject({ url: '/admin', headers: { cookie: `handpress=${before}` } })
  expect(old.statusCode).toBe(303)
  expect((await other.signIn(account)).statusCode).toBe(422)
  expect((await other.signIn({ ...account, password: words })).statusCode).toBe(303)
  expect((await mails(press)).at(-1)?.text).toContain('The password was changed.')
})

test.each(['password', 'email', 'app', 'passkeys', 'second-factor'])(
  'the page for %s opens only to who proved to be there in the last ten minutes',
  async page => {
    const { clock, advance } = movableClock()
    const press = await openPress({}, { clock })
    const me = await signedIn(press, 'contributor')
    expect((await me.get(`/admin/account/${page}`)).statusCode).toBe(200)
    advance(10 * MINUTE)
    expect((await me.get(`/admin/account/${page}`)).headers.location).toContain('/admin/account/confirm')
    await me.post('/admin/account/confirm', { password: owner.password })
    expect((await me.get(`/admin/account/${page}`)).statusCode).toBe(200)
  },
)

test('five wrong proofs shut the proof, since a found browser must not become a guessing place', async () => {
  const press = await openPress()
  const me = await signedIn(press)
  for (let number = 0; number < 5; number += 1)
    expect((await me.post('/admin/account/confirm', { password: 'wrong' })).statusCode).toBe(422)
  expect((await me.post('/admin/account/confirm', { password: owner.password })).statusCode).toBe(429)
})

test('another address counts once its own mail was answered, and the old one is told', async () => {
  const press = await openPress()
  const me = await signedIn(press)
  expect((await me.post('/admin/account/email', { email: 'New@Example.org' })).statusCode).toBe(303)
  expect((await browser(press).signIn({ ...account, email: 'new@example.org' })).statusCode).toBe(422)
  const link = await linkTo(press, 'new@example.org')
  const other = browser(press)
  expect((await other.get(link)).body).toContain('Use this address')
  expect((await browser(press).signIn({ ...account, email: 'new@example.org' })).statusCode).toBe(422)
  expect((await other.post(link)).statusCode).toBe(200)
  expect((await other.post(link)).statusCode).toBe(404)
  expect((await browser(press).signIn({ ...account, email: 'new@example.org' })).statusCode).toBe(303)
  expect((await browser(press).signIn(account)).statusCode).toBe(422)
  expect((await mails(press)).find(({ to }) => to === account.email)?.text).toContain('new@example.org')
})

test('an address that has an account is not told to who asks, and cannot be taken', async () => {
  const press = await openPress()
  const me = await signedIn(press, 'author')
  await signedIn(press, 'editor')
  const asked = await me.post('/admin/account/email', { email: 'the.editor@example.org' })
  expect(asked.statusCode).toBe(303)
  const link = await linkTo(press, 'the.editor@example.org')
  expect((await browser(press).post(link)).statusCode).toBe(409)
})

test('the address that I sign in with is not confirmed once more', async () => {
  const press = await openPress()
  const me = await signedIn(press, 'author')
  const asked = await me.post('/admin/account/email', { email: 'The.Author@example.org' })
  expect(asked.statusCode).toBe(422)
  expect(asked.body).toContain('You sign in with this address already.')
})

test('the name is mine to change', async () => {
  const press = await openPress()
  const me = await signedIn(press, 'contributor')
  expect((await me.post('/admin/account/name', { name: ' ' })).statusCode).toBe(422)
  await me.post('/admin/account/name', { name: 'Zoë <b>' })
  expect((await me.get('/admin')).body).toContain('Zoë &lt;b&gt;')
})

test.each(['password1234', 'Password 1234!', 'qwertyuiop12', 'iloveyouiloveyou', 'princess2020!!'])(
  'the much used password %j is refused',
  async password => {
    const press = await openPress()
    const me = await signedIn(press)
    const answer = await me.post('/admin/account/password', { password })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('nobody would try first')
  },
)

test('a form changes what it is for, whatever other fields come with it', async () => {
  const press = await openPress()
  const me = await signedIn(press, 'contributor')
  const before = (await press.staff.people()).find(({ id }) => id === me.id)
  const more = { role: 'owner', state: 'disabled', email: 'eve@example.org', passwordHash: 'x', id: '1' }
  const inherited = Object.fromEntries(
    ['__proto__', 'constructor', '__proto__[role]', 'constructor[prototype][role]'].map(name => [
      name,
      'owner',
    ]),
  )
  const fields = { ...more, ...inherited, name: 'Another Name' }
  expect((await me.post('/admin/account/name', fields)).statusCode).toBe(303)
  const after = (await press.staff.people()).find(({ id }) => id === me.id)
  expect(after).toEqual({ ...before, name: 'Another Name' })
  expect((await me.get('/admin/people')).statusCode).toBe(403)
  expect('role' in {}).toBe(false)
})

test('passwords are typed unseen, by password managers as well, and every page of the desk has its way out', async () => {
  const press = await openPress()
  const setup = new URL((await press.staff.setupLink()) ?? '')
  const stranger = browser(press)
  const doors = [await stranger.get('/admin/sign-in'), await stranger.get(setup.pathname + setup.search)]
  const me = await signedIn(press)
  const inside = ['/admin/account', '/admin/account/password', '/admin/account/confirm', '/admin/account/app']
  const pages = await Promise.all(
    [...inside, '/admin', '/admin/articles', '/admin/people', '/admin/tips'].map(me.get),
  )
  for (const { body } of pages) expect(body).toContain('action="/admin/sign-out"')
  const fields = [...doors, ...pages].flatMap(
    ({ body }) => body.match(/<input[^>]*name="password"[^>]*>/g) ?? [],
  )
  expect(fields).toHaveLength(4)
  for (const field of fields) {
    expect(field).toContain('type="password"')
    expect(field).toMatch(/autocomplete="(current|new)-password"/)
    expect(field).not.toMatch(/onpaste|readonly|maxlength/)
  }
})
