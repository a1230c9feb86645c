import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { accentStyle, contrast } from '../../src/site/look/accent.js'
import { describeInBrowser } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import { freePort } from '../support/program.js'

const article = '/articles/zoom-executive-charged-over-tiananmen-meetings'

async function openLook(environment: Record<string, string> = {}) {
  const press = await openSampleEdition(environment)
  const editor = await colleague(press, 'editor')
  const save = async (fields: Record<string, string>) => {
    const { body } = await editor.get('/admin/site/look')
    const version = /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''
    return editor.post('/admin/site/look', { version, ...fields })
  }
  return { press, editor, save }
}

test('any colour is shaded until it reads well on every ground of both schemes', () => {
  const channel = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), rgb => {
      const { light, dark } = accentStyle(`#${rgb.map(one => one.toString(16).padStart(2, '0')).join('')}`)
      for (const ground of ['#fffdf9', '#f6f1e8', light.onAccent])
        expect(contrast(light.accent, ground)).toBeGreaterThanOrEqual(4.5)
      for (const ground of ['#161614', '#22211e', dark.onAccent])
        expect(contrast(dark.accent, ground)).toBeGreaterThanOrEqual(4.5)
    }),
    { numRuns: 500 },
  )
})

test('the grounds that shades are made for are those of the style sheet', async () => {
  const css = await readFile(path.join(programFolder, 'views/assets/paper/colours.css'), 'utf8')
  for (const ground of ['--paper: #fffdf9', '--sheet: #f6f1e8', '--paper: #161614', '--sheet: #22211e'])
    expect(css).toContain(ground)
})

test('the colour stands on every public page at once, and the policy lets its style through by hash', async () => {
  const { press, save } = await openLook()
  expect((await save({ own: 'yes', accent: '#ffee00' })).statusCode).toBe(303)
  for (const url of ['/', article, '/tips', '/nowhere', '/admin/sign-in']) {
    const { body, headers } = await press.http.inject(url)
    const style = [...body.matchAll(/<style>([\s\S]*?)<\/style>/g)].at(-1)?.[1] ?? ''
    expect(style, url).toMatch(/^:root\{--accent:#[0-9a-f]{6}/)
    const hash = createHash('sha256').update(style).digest('base64')
    expect(String(headers['content-security-policy']), url).toContain(`'sha256-${hash}'`)
  }
  await save({ accent: '#ffee00' })
  expect((await press.http.inject('/')).body.match(/<style>/g)).toHaveLength(1)
})

test('a name of a logo that is too long is refused in the words of the page', async () => {
  const { save } = await openLook()
  const { statusCode, body } = await save({ logo: 'x'.repeat(301) })
  expect(statusCode).toBe(422)
  expect(body).toMatch(/id="logo-error">This is too long: 300 characters at most\./)
})

test('with a colour and a logo an article still fits the first flight of packets', async () => {
  const { press, editor, save } = await openLook()
  const bytes = await readFile(path.join(programFolder, '.github/front-page.webp'))
  const logo = await press.media.add('logo.webp', bytes)
  expect((await save({ logo: 'logo.webp', own: 'yes', accent: '#00aa66' })).statusCode).toBe(303)
  const { body } = await press.http.inject(article)
  expect(body).toContain(`<img src="${logo.src}" alt="The Handpress Courier"`)
  expect(gzipSync(body).length).toBeLessThanOrEqual(14_600)
  expect((await editor.get('/admin/site/look')).body).toContain('value="logo.webp"')
})

describeInBrowser('the accent in a browser', browser => {
  test('colours a button in light and in dark, without a complaint of the policy', async () => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const { press, save } = await openLook({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
    await save({ own: 'yes', accent: '#0a5c8a' })
    await press.http.listen({ port, host: '127.0.0.1' })
    const page = await browser().newPage()
    const complaints: string[] = []
    page.on('console', message => complaints.push(message.text()))
    const button = async (colorScheme: 'light' | 'dark') => {
      await page.emulateMedia({ colorScheme })
      return page.locator('.appeal .button').evaluate(element => getComputedStyle(element).backgroundColor)
    }
    await page.goto(origin)
    expect(await button('light')).toBe('rgb(10, 92, 138)')
    const { dark } = accentStyle('#0a5c8a')
    const channels = [1, 3, 5].map(at => Number.parseInt(dark.accent.slice(at, at + 2), 16))
    expect(await button('dark')).toBe(`rgb(${channels.join(', ')})`)
    expect(complaints).toEqual([])
    await page.close()
  }, 60_000)

  test('the settings work with scripts off', async () => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const { press, editor } = await openLook({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
    await press.http.listen({ port, host: '127.0.0.1' })
    const context = await browser().newContext({ javaScriptEnabled: false })
    await context.addCookies(cookiesFor(editor, origin))
    const page = await context.newPage()
    await page.goto(`${origin}/admin/site/footer`)
    await page.getByLabel('New link: label').fill('Imprint')
    await page.getByLabel('New link: address').fill('/pages/imprint')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('button', { name: 'Move up: Imprint' }).click()
    await page.getByRole('button', { name: 'Remove: RSS' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.goto(origin)
    const labels = await page.locator('.foot nav').first().locator('a').allTextContents()
    expect(labels.slice(-2)).toEqual(['Imprint', 'RSS'])
    await context.close()
  }, 60_000)
})
