import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { atAGlance, describeInBrowser, hasProgram } from '../support/browser.js'
import { everyPage } from '../support/every-page.js'
import { htmlErrors, visibleProblems } from '../support/page-checks.js'
import { sharedByTests } from '../support/press.js'

/** The pages as they are answered. */
const printed = sharedByTests(everyPage)

test.skipIf(!hasProgram('java', 'default-jre-headless'))(
  'every page template is valid HTML to the Nu checker',
  async () => {
    const { pages } = await printed()
    expect(await htmlErrors(pages)).toEqual([])
  },
)

test('an article with its styles fits the first flight of packets, and needs no script', async () => {
  const { pages } = await printed()
  const { html } = pages.find(page => page.name === 'article') ?? { html: '' }
  expect(html).not.toMatch(/<link[^>]+rel="stylesheet"|<script[^>]+src=/)
  expect(gzipSync(html).length).toBeLessThanOrEqual(14_600)
  expect(brotliCompressSync(html).length).toBeLessThanOrEqual(14_600)
})

test('every HTML answer carries the security headers, and no page loads anything from elsewhere', async () => {
  const { pages } = await printed()
  for (const { name, html, headers } of pages) {
    const policy = String(headers['content-security-policy'])
    expect(policy, name).toMatch(/^default-src 'none';/)
    expect(policy, name).not.toMatch(/unsafe-/)
    expect(policy, name).toContain("frame-ancestors 'none'")
    expect(headers, name).toMatchObject({
      'x-content-type-options': 'nosniff',
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

test('a window in which a tip is written, or that shows what is somebody’s own, is out of reach of other sites', async () => {
  const { pages } = await printed()
  const policies = (which: RegExp) =>
    pages
      .filter(({ name }) => which.test(name))
      .map(({ name, headers }) => `${name}: ${headers['cross-origin-opener-policy'] ?? 'none'}`)
  const own = policies(
    /^(tips|newsletter-(own|leave|left|confirm|move|erase|rejected|sent)|setup|sign-in|desk)/,
  )
  expect(own.length).toBeGreaterThan(30)
  expect(own.filter(policy => !policy.endsWith(': same-origin'))).toEqual([])
  // Where nothing is, a browser would only start a process more.
  expect(policies(/^(article|archive)$/)).toEqual(['article: none', 'archive: none'])
})

describeInBrowser(
  'every page template, light and dark, on a phone and on a desk',
  browser => {
    test('has no axe violation, no sideways scrolling and no message in the console', async () => {
      const shown = await printed()
      expect(await visibleProblems(browser(), shown)).toEqual([])
    }, 600_000)
  },
  atAGlance,
)
