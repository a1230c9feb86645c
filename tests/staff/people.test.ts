import { expect, test } from 'vitest'
import { movableClock, openPress } from '../support/press.js'
import { browser, linkTo, mails, owner, signedIn } from './door.js'

const HOUR = 3_600_000
const words = 'a lamp beside nine quiet rivers'

test('who is invited makes the account their own, once, and is in', async () => {
  const press = await openPress({ SITE_URL: 'http://localhost:3456' })
  const chief = await signedIn(press)
  const sent = await chief.post('/admin/people/invite', { email: ' Bob@Example.org', role: 'editor' })
  expect(sent.statusCode).toBe(303)
  expect((await chief.get('/admin/people')).body).toContain('Invited')
  const link = await linkTo(press, 'bob@example.org')
  const bob = browser(press)
  const page = await bob.get(link)
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('an editor')
  const rejected = await bob.post(link, { name: 'Bob', password: 'short' })
  expect(rejected.statusCode).toBe(422)
  expect(rejected.body).toContain('value="Bob"')
  expect((await bob.post(link, { name: 'Bob', password: words })).headers.location).toBe('/admin')
  expect(await bob.isIn()).toBe(true)
  for (const again of [
    await browser(press).get(link),
    await browser(press).post(link, { name: 'Eve', password: words }),
  ])
    expect(again.statusCode).toBe(404)
  const list = (await chief.get('/admin/people')).body
  expect(list).toContain('Bob')
  expect(list).not.toContain('Invited')
})

test('an invitation ends after three days, when a newer one is sent, and when it is taken back', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const chief = await signedIn(press)
  await chief.post('/admin/people/invite', { email: 'bob@example.org', role: 'author' })
  const first = await linkTo(press, 'bob@example.org')
  const id = /href="\/admin\/people\/([\w-]{36})"><bdi>bob@/.exec(
    (await chief.get('/admin/people')).body,
  )?.[1]
  expect((await browser(press).get(first)).statusCode).toBe(200)
  advance(1_000)
  await chief.post(`/admin/people/${id}/invite`)
  const second = await linkTo(press, 'bob@example.org')
  expect(second).not.toBe(first)
  expect((await browser(press).get(first)).statusCode).toBe(404)
  advance(72 * HOUR - 1)
  expect((await browser(press).get(second)).statusCode).toBe(200)
  advance(1)
  expect((await browser(press).get(second)).statusCode).toBe(404)
  await chief.post('/admin/account/confirm', { password: owner.password })
  await chief.post(`/admin/people/${id}/invite`)
  const third = await linkTo(press, 'bob@example.org')
  await chief.post(`/admin/people/${id}/remove`)
  expect((await browser(press).get(third)).statusCode).toBe(404)
  expect((await chief.get(`/admin/people/${id}`)).statusCode).toBe(404)
})

test('nobody signs in on an invitation alone, and an address is invited once', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  await chief.post('/admin/people/invite', { email: 'bob@example.org', role: 'owner' })
  for (const password of ['', 'x', words]) {
    const bob = browser(press)
    expect((await bob.signIn({ email: 'bob@example.org', password })).statusCode).toBe(422)
  }
  const twice = await chief.post('/admin/people/invite', { email: 'bob@example.org', role: 'author' })
  expect(twice.statusCode).toBe(422)
  expect(twice.body).toContain('has an account already')
  expect(twice.body).toContain('value="bob@example.org"')
  expect((await mails(press)).length).toBe(1)
  const none = await chief.post('/admin/people/invite', { email: 'nobody', role: 'king' })
  expect(none.statusCode).toBe(422)
  expect(none.body).toContain('id="email-error"')
  expect(none.body).toContain('id="role-error"')
})

test('another role counts at once, and its owner signs in anew', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author')
  expect((await author.get('/admin/people')).statusCode).toBe(403)
  expect((await chief.post(`/admin/people/${author.id}/role`, { role: 'owner' })).statusCode).toBe(303)
  expect(await author.isIn()).toBe(false)
  await author.signIn({ email: author.email, password: owner.password })
  expect((await author.get('/admin/people')).statusCode).toBe(200)
  expect((await chief.post(`/admin/people/${author.id}/role`, { role: 'king' })).statusCode).toBe(422)
})

test('the role that somebody has already ends no session', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author')
  expect((await chief.post(`/admin/people/${author.id}/role`, { role: 'author' })).statusCode).toBe(303)
  expect((await chief.get(`/admin/people/${author.id}`)).body).toContain('author already')
  expect(await author.isIn()).toBe(true)
})

test('who is disabled is out at once and cannot come in, until enabled', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author')
  const half = browser(press)
  expect((await chief.post(`/admin/people/${author.id}/disable`)).statusCode).toBe(303)
  expect(await author.isIn()).toBe(false)
  const refused = await half.signIn({ email: author.email, password: owner.password })
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('do not belong together')
  const undo = (await chief.get(`/admin/people/${author.id}`)).body
  expect(undo).toContain('Let in again')
  await chief.post(`/admin/people/${author.id}/enable`)
  await author.signIn({ email: author.email, password: owner.password })
  expect(await author.isIn()).toBe(true)
})

test('the last owner can be neither demoted, disabled nor removed, also by two owners at once', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  for (const [act, fields] of [
    ['role', { role: 'editor' }],
    ['disable', {}],
    ['remove', {}],
  ] as const) {
    const answer = await chief.post(`/admin/people/${chief.id}/${act}`, fields)
    expect(answer.statusCode, act).toBe(409)
    expect(answer.body).toContain('the only owner')
    expect(answer.body).not.toContain('faster')
  }
  expect(await chief.isIn()).toBe(true)
  const second = await signedIn(press, 'owner', 'Second owner')
  const answers = await Promise.all([
    chief.post(`/admin/people/${second.id}/remove`),
    second.post(`/admin/people/${chief.id}/remove`),
  ])
  expect(answers.map(({ statusCode }) => statusCode).sort()[0]).toBe(303)
  expect((await press.staff.people()).filter(({ role }) => role === 'owner')).toHaveLength(1)
})

test('an owner who is only invited, or disabled, does not count as one', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  await chief.post('/admin/people/invite', { email: 'bob@example.org', role: 'owner' })
  const second = await signedIn(press, 'owner', 'Second owner')
  await chief.post(`/admin/people/${second.id}/disable`)
  expect((await chief.post(`/admin/people/${chief.id}/remove`)).statusCode).toBe(409)
})

test('who is removed is out; what they did stays in the trail', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author', 'Carla Writer')
  expect((await chief.post(`/admin/people/${author.id}/remove`)).statusCode).toBe(303)
  expect(await author.isIn()).toBe(false)
  const trail = (await chief.get('/admin/audit')).body
  expect(trail).toContain('Carla Writer')
  expect(trail).toContain('removed')
})

test('what changes accounts wants a proof of the last ten minutes', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const chief = await signedIn(press)
  const author = await signedIn(press, 'author')
  advance(10 * 60_000)
  const led = await chief.get('/admin/people/invite')
  expect(led.statusCode).toBe(303)
  expect(led.headers.location).toBe('/admin/account/confirm?next=%2Fadmin%2Fpeople%2Finvite')
  for (const act of ['disable', 'remove', 'factors', 'role']) {
    const answer = await chief.post(`/admin/people/${author.id}/${act}`, { role: 'owner' })
    expect(answer.headers.location, act).toMatch(/^\/admin\/account\/confirm/)
  }
  expect(await author.isIn()).toBe(true)
  const wrong = await chief.post('/admin/account/confirm?next=/admin/people/invite', { password: 'wrong' })
  expect(wrong.statusCode).toBe(422)
  const before = chief.cookies.get('handpress')
  const right = await chief.post('/admin/account/confirm?next=/admin/people/invite', {
    password: owner.password,
  })
  expect(right.headers.location).toBe('/admin/people/invite')
  expect(chief.cookies.get('handpress')).not.toBe(before)
  expect((await chief.get('/admin/people/invite')).statusCode).toBe(200)
})

test.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/admin/../../evil',
  'javascript:alert(1)',
])('a proof leads back to the desk only, never to %s', async next => {
  const press = await openPress()
  const chief = await signedIn(press)
  const answer = await chief.post(`/admin/account/confirm?next=${encodeURIComponent(next)}`, {
    password: owner.password,
  })
  expect(answer.headers.location).toBe('/admin/account')
})

test('a page of a form stays good when the session’s token is renewed', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec((await chief.get('/admin/account')).body) ?? []
  await chief.post('/admin/account/confirm', { password: owner.password })
  const cookie = `handpress=${chief.cookies.get('handpress')}`
  const answer = await press.http.inject({
    method: 'POST',
    url: '/admin/account/name',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ name: 'Ada', csrf }).toString(),
  })
  expect(answer.statusCode).toBe(303)
})
