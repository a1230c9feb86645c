import { generateSync } from 'otplib'
import { expect, test } from 'vitest'
import { movableClock, openPress } from '../support/press.js'
import { type Browser, browser, owner, signedIn } from './door.js'

const asked = '/admin/articles?status=draft&q=two+words'
const account = { email: 'the.owner@example.org', password: owner.password }

/** Where the form on a page goes that has a field of this name. */
function formFor(field: string, html: string): string {
  const forms = [...html.matchAll(/<form [^>]*method="post" action="([^"]+)"[^>]*>(.*?)<\/form>/gs)]
  const [, action = ''] = forms.find(([, , inner]) => inner?.includes(`name="${field}"`)) ?? []
  return action.replaceAll('&amp;', '&')
}

async function ledToDoor(stranger: Browser, page = asked): Promise<string> {
  const { statusCode, headers } = await stranger.get(page)
  expect(statusCode).toBe(303)
  return String(headers.location)
}

test('who signs in lands on the page that was asked for, a wrong password in between', async () => {
  const press = await openPress()
  await signedIn(press)
  const stranger = browser(press)
  const door = await ledToDoor(stranger)
  expect(door).toBe(`/admin/sign-in?next=${encodeURIComponent(asked)}`)
  const form = formFor('password', (await stranger.get(door)).body)
  const wrong = await stranger.post(form, { ...account, password: 'not the right words' })
  expect(wrong.statusCode).toBe(422)
  const right = await stranger.post(formFor('password', wrong.body), account)
  expect(right.headers.location).toBe(asked)
  expect((await stranger.get(door)).headers.location).toBe(asked)
})

test('the second step leads there too, after a wrong code and after starting again', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const person = await signedIn(press)
  const { body } = await person.get('/admin/account/app')
  const secret = (/class="key">([^<]+)</.exec(body)?.[1] ?? '').replaceAll(' ', '')
  const sealed = /name="secret" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const code = () =>
    generateSync({ secret, algorithm: 'sha256', epoch: Math.floor(clock().getTime() / 1_000) })
  await person.post('/admin/account/app', { secret: sealed, code: code() })
  advance(60_000)

  const stranger = browser(press)
  const first = formFor('password', (await stranger.get(await ledToDoor(stranger))).body)
  const led = String((await stranger.post(first, account)).headers.location)
  const again = /action="([^"]+sign-in\/again[^"]*)"/.exec((await stranger.get(led)).body)?.[1] ?? ''
  const door = String((await stranger.post(again)).headers.location)
  const password = formFor('password', (await stranger.get(door)).body)
  const second = String((await stranger.post(password, account)).headers.location)
  const wrong = await stranger.post(formFor('code', (await stranger.get(second)).body), { code: '000000' })
  expect(wrong.statusCode).toBe(422)
  expect((await stranger.post(formFor('code', wrong.body), { code: code() })).headers.location).toBe(asked)
})

test('the form of a passkey keeps the page that was asked for', async () => {
  const press = await openPress()
  const stranger = browser(press)
  const { body } = await stranger.get(await ledToDoor(stranger))
  expect(formFor('credential', body)).toBe(`/admin/sign-in/passkey?next=${encodeURIComponent(asked)}`)
})

test.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/admin\\evil.example',
  '/admin//evil.example',
  '/admin/../evil',
  '/admin/%2e%2e/evil',
  '/administration',
  '/tips',
  'admin/people',
  'javascript:alert(1)',
  '/admin/people\r\nset-cookie: a=b',
  `/admin/${'x'.repeat(1_000)}`,
])('signing in leads to the desk only, never to %s', async next => {
  const press = await openPress()
  await signedIn(press)
  const stranger = browser(press)
  const door = `/admin/sign-in?next=${encodeURIComponent(next)}`
  expect(formFor('password', (await stranger.get(door)).body)).toBe('/admin/sign-in')
  expect((await stranger.post(door, account)).headers.location).toBe('/admin')
  expect((await stranger.get(door)).headers.location).toBe('/admin')
})

test('a page that is named twice leads to the desk, and no page stands in the log', async () => {
  const press = await openPress()
  await signedIn(press)
  const stranger = browser(press)
  await ledToDoor(stranger, '/admin/newsletter/readers?q=reader%40example.org')
  const answer = await stranger.post('/admin/sign-in?next=/admin/people&next=/admin/articles', account)
  expect(answer.headers.location).toBe('/admin')
  expect(press.logged()).not.toMatch(/next=|reader(@|%40)/)
})
