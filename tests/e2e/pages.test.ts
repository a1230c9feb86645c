import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'vitest'
import vnu from 'vnu-jar'
import { describeInBrowser, hasProgram } from '../support/browser.js'
import { everyPage } from '../support/every-page.js'
import { temporaryFolder } from '../support/press.js'

const run = promisify(execFile)

test.skipIf(!hasProgram('java', 'default-jre-headless'))(
  'every page template is valid HTML to the Nu checker',
  async () => {
    const { pages } = await everyPage()
    const folder = path.join(await temporaryFolder(), 'pages')
    await mkdir(folder)
    for (const { name, html } of pages) await writeFile(path.join(folder, `${name}.html`), html)
    const { stderr } = await run(
      'java',
      ['-Xss4m', '-jar', vnu, '--format', 'json', '--exit-zero-always', folder],
      {
        maxBuffer: 64 * 1_048_576,
      },
    )
    const { messages } = JSON.parse(stderr) as {
      messages: { type: string; url: string; lastLine: number; message: string; extract: string }[]
    }
    const errors = messages.filter(message => message.type === 'error')
    expect(errors.map(({ url, message, extract }) => `${path.basename(url)}: ${message} ${extract}`)).toEqual(
      [],
    )
  },
)

test('an article with its styles fits the first flight of packets, and needs no script', async () => {
  const { pages } = await everyPage()
  const { html } = pages.find(page => page.name === 'article') ?? { html: '' }
  expect(html).not.toMatch(/<link[^>]+rel="stylesheet"|<script[^>]+src=/)
  expect(gzipSync(html).length).toBeLessThanOrEqual(14_600)
  expect(brotliCompressSync(html).length).toBeLessThanOrEqual(14_600)
})

test('every HTML answer carries the security headers, and no page loads anything from elsewhere', async () => {
  const { pages } = await everyPage()
  for (const { name, html, headers } of pages) {
    const policy = String(headers['content-security-policy'])
    expect(policy, name).toMatch(/^default-src 'none';/)
    expect(policy, name).not.toMatch(/unsafe-/)
    expect(policy, name).toContain("frame-ancestors 'none'")
    expect(headers, name).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['permissions-policy'], name).toContain('camera=()')
    expect(headers['strict-transport-security'], name).toBeUndefined()
    expect(headers['referrer-policy'], name).toBeTruthy()
    expect(html, name).not.toMatch(
      /<(script|img|iframe|source|video|audio|embed|object)\b[^>]*\s(src|srcset|data)="(https?:)?\/\//i,
    )
    expect(html, name).not.toMatch(
      /<link\b[^>]*rel="(stylesheet|preload|prefetch|preconnect|dns-prefetch|icon)"[^>]*href="(https?:)?\/\//i,
    )
    expect(html, name).not.toMatch(/\sstyle="|\son[a-z]+="/i)
  }
})

describeInBrowser('every page template, light and dark, on a phone and on a desk', browser => {
  test('has no axe violation, no sideways scrolling and no message in the console', async () => {
    const { pages, origin } = await everyPage({ listening: true })
    const problems: string[] = []
    for (const { name, html, headers } of pages) {
      const context = await browser().newContext()
      const tab = await context.newPage()
      tab.on('console', message => problems.push(`${name}: ${message.text()}`))
      tab.on('pageerror', error => problems.push(`${name}: ${error.message}`))
      const address = `${origin}/__page/${name}`
      await tab.route(address, route => route.fulfill({ body: html, headers: plain(headers) }))
      await tab.goto(address)
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [390, 1280]) {
          await tab.setViewportSize({ width, height: 900 })
          await tab.emulateMedia({ colorScheme })
          const { violations } = await new AxeBuilder({ page: tab }).analyze()
          problems.push(
            ...violations.map(
              ({ id, nodes }) => `${name} ${colorScheme} ${width}: ${id} ${nodes[0]?.html.slice(0, 200)}`,
            ),
          )
          const sideways = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
          if (sideways > 0) problems.push(`${name} ${width}: ${sideways} px wider than the window`)
        }
      }
      await context.close()
    }
    expect(problems).toEqual([])
  }, 600_000)
})

function plain(headers: Record<string, unknown>): Record<string, string> {
  const kept = ['content-type', 'content-security-policy']
  return Object.fromEntries(kept.map(name => [name, String(headers[name])]))
}
