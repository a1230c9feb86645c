import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { challenges } from '../../src/staff/challenges.js'
import { staffKeys } from '../../src/staff/keys.js'
import { describeInBrowser } from '../support/browser.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { freePort } from '../support/program.js'
import { linkTo, owner } from './door.js'

const ada = { name: 'Ada Owner', email: 'ada@example.org', role: 'owner' as const, password: owner.password }

interface Desk {
  press: Press
  url: string
  context: BrowserContext
  page: Page
  authenticator: CDPSession
  id: string
}

/** A press that listens, a browser of its own, and a security device in it that its owner always unlocks. */
async function openDesk(chromium: Browser): Promise<Desk> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const press = await openPress({ PORT: String(port), SITE_URL: url })
  await press.http.listen({ port, host: '127.0.0.1' })
  await press.staff.addAccount(ada)
  const context = await chromium.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const { authenticator, id } = await plugIn(page)
  return { press, url, context, page, authenticator, id }
}

async function plugIn(page: Page): Promise<{ authenticator: CDPSession; id: string }> {
  const authenticator = await page.context().newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  const { authenticatorId } = await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { authenticator, id: authenticatorId }
}

async function signIn({ page, url }: Desk): Promise<void> {
  await page.goto(`${url}/admin/sign-in`)
  await page.getByLabel('Email address').fill(ada.email)
  await page.getByLabel('Password').fill(ada.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function addPasskey({ page, url }: Desk, name = 'My laptop'): Promise<void> {
  await page.goto(`${url}/admin/account/passkeys`)
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Set up the passkey' }).click()
  await page.locator('h1', { hasText: /Recovery codes|My account/ }).waitFor()
}

async function signOut({ page }: Desk): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
  await page.locator('h1', { hasText: 'Sign in' }).waitFor()
}

const heading = (page: Page, text: string | RegExp) => page.locator('h1', { hasText: text }).waitFor()

describeInBrowser('passkeys', chromium => {
  test('a passkey is made, named, and then opens the desk alone', { timeout: 60_000 }, async () => {
    const desk = await openDesk(chromium())
    const { page, url } = desk
    await signIn(desk)
    await addPasskey(desk)
    expect(await page.locator('.codes li').count()).toBe(10)
    await page.goto(`${url}/admin/account`)
    expect(await page.locator('main').innerText()).toContain('My laptop')
    await signOut(desk)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await heading(page, 'Welcome')
    expect(new URL(page.url()).pathname).toBe('/admin')
  })

  test('after the password a passkey is the second step, and leads to what was asked for', {
    timeout: 60_000,
  }, async () => {
    const desk = await openDesk(chromium())
    const { page, url } = desk
    await signIn(desk)
    await addPasskey(desk)
    await page.goto(`${url}/admin/account`)
    await signOut(desk)
    await signIn(desk)
    await heading(page, 'Second step')
    await page.goto(`${url}/admin/account`)
    expect(new URL(page.url()).pathname).toBe('/admin/sign-in')
    await page.getByRole('button', { name: 'Use your passkey' }).click()
    await heading(page, 'My account')
  })

  test('who does not prove to be its owner, or holds another device, is not let in', {
    timeout: 60_000,
  }, async () => {
    const desk = await openDesk(chromium())
    const { page, url, authenticator, id } = desk
    await signIn(desk)
    await addPasskey(desk)
    await page.goto(`${url}/admin/account`)
    await signOut(desk)
    await authenticator.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false })
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.locator('[role="status"]', { hasText: /No passkey was used|did not work/ }).waitFor()
    await authenticator.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id })
    const other = await plugIn(page)
    expect(other.id).not.toBe(id)
    await page.reload()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.locator('[role="status"]', { hasText: /No passkey was used|did not work/ }).waitFor()
    await page.goto(`${url}/admin`)
    expect(new URL(page.url()).pathname).toBe('/admin/sign-in')
  })

  test('an answer that opened the desk opens it only once', {
    timeout: 60_000,
  }, async () => {
    const desk = await openDesk(chromium())
    const { page, press, url } = desk
    await signIn(desk)
    await addPasskey(desk)
    await page.goto(`${url}/admin/account`)
    await signOut(desk)
    const sent: string[] = []
    page.on('request', request => {
      if (request.method() === 'POST' && request.url().endsWith('/sign-in/passkey'))
        sent.push(request.postData() ?? '')
    })
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await heading(page, 'Welcome')
    const again = await post(press, '/admin/sign-in/passkey', sent[0] ?? '')
    expect(again.statusCode).toBe(422)
    expect(again.body).toContain('does not open an account here')
  })

  test('a passkey confirms who is there, is told from others by name, and can be removed', {
    timeout: 60_000,
  }, async () => {
    const desk = await openDesk(chromium())
    const { page, url } = desk
    await signIn(desk)
    await addPasskey(desk, 'Laptop')
    await page.goto(`${url}/admin/account/confirm?next=/admin/people`)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await heading(page, 'People')
    await page.goto(`${url}/admin/account/passkeys`)
    await page.getByRole('button', { name: 'Set up the passkey' }).click()
    await page.locator('[role="status"]', { hasText: 'holds a passkey for your account already' }).waitFor()
    page.on('dialog', dialog => void dialog.accept())
    await page.goto(`${url}/admin/account`)
    await page.getByRole('button', { name: 'Remove the passkey “Laptop”' }).click()
    await page.locator('.said', { hasText: 'opens nothing here any more' }).waitFor()
    await signOut(desk)
    await signIn(desk)
    await heading(page, 'Welcome')
  })

  test('who is invited makes an account with a passkey alone, and keeps at least that', {
    timeout: 60_000,
  }, async () => {
    const desk = await openDesk(chromium())
    const { page, press, url } = desk
    const [chief] = await press.staff.people()
    if (!chief) throw new Error('There is an owner.')
    await press.staff.invite(chief, { email: 'bob@example.org', role: 'author' })
    await page.goto(url + (await linkTo(press, 'bob@example.org')))
    await page.getByLabel('Your name').fill('Bob Writer')
    await page.getByRole('button', { name: 'Create my account with a passkey' }).click()
    await heading(page, 'Recovery codes')
    expect(await page.locator('.codes li').count()).toBe(10)
    await page.goto(`${url}/admin/account`)
    expect(await page.locator('main').innerText()).toContain('you sign in with a passkey')
    page.on('dialog', dialog => void dialog.accept())
    await page.getByRole('button', { name: /^Remove the passkey/ }).click()
    await page.locator('main', { hasText: 'is all that opens your account' }).waitFor()
    await page.goto(`${url}/admin`)
    await signOut(desk)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await heading(page, 'Welcome')
  })
})

test('a challenge is good for its own purpose, for five minutes, and for one answer', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  const questions = challenges({ clock, keys: staffKeys({ newest: Buffer.alloc(32, 7), older: [] }) })
  const text = (challenge: Uint8Array) => Buffer.from(challenge).toString('base64url')
  const asked = text(questions.newChallenge('sign-in'))
  expect(text(questions.newChallenge('sign-in'))).not.toBe(asked)
  expect(questions.isOurs(asked, 'sign-in')).toBe(true)
  for (const purpose of ['confirm 1', 'second-factor 1', ''])
    expect(questions.isOurs(asked, purpose)).toBe(false)
  const stranger = challenges({ clock, keys: staffKeys({ newest: Buffer.alloc(32, 8), older: [] }) })
  expect(stranger.isOurs(asked, 'sign-in')).toBe(false)
  const spend = () => press.db.transaction(tx => questions.spend(tx, asked))
  expect([await spend(), await spend()]).toEqual([true, false])
  advance(5 * 60_000 - 1)
  expect(await spend()).toBe(false)
  expect(questions.isOurs(asked, 'sign-in')).toBe(true)
  advance(1)
  expect(questions.isOurs(asked, 'sign-in')).toBe(false)
})

function post(press: Press, url: string, payload: string) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return press.http.inject({ method: 'POST', url, payload, headers })
}
