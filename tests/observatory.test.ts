import { expect, test } from 'vitest'
import { colleague } from './support/desk.js'
import { openSampleEdition } from './support/edition.js'
import { join } from './support/newsletter.js'
import { judge, most, score } from './support/observatory.js'
import { form, openPress, type Press, sharedByTests } from './support/press.js'
import { freePort } from './support/program.js'
import { codenameIn } from './support/tips.js'
import { type Answer, askOverTls, tlsFront } from './support/tls-front.js'

const password = 'seven horses on a green hill'

/** An answer of each kind that the sample edition gives behind a front that speaks https. */
const kinds = sharedByTests(async () => {
  const port = await freePort()
  const front = await tlsFront(port)
  const origin = `https://localhost:${front}`
  const press = await openSampleEdition({ SITE_URL: origin, TRUST_PROXY: '127.0.0.1', RATE_LIMITS: 'off' })
  await press.http.listen({ port, host: '127.0.0.1' })
  return oneOfEachKind(press, origin)
})

test('over https, no answer of any kind loses a point with the HTTP Observatory, and each gets all that its kind can', async () => {
  const wrong: string[] = []
  const found = await kinds()
  for (const [kind, { expected, answer }] of Object.entries(found)) {
    expect(answer.status, kind).toBe(expected)
    const judgements = judge(answer)
    // Pictures are to be seen in feed readers and in mail programs on the web, so they give away ten on purpose.
    const short = most(answer) - score(judgements) - (kind === 'a picture' ? 10 : 0)
    if (short)
      wrong.push(
        `${kind}: ${short} short, ${judgements.map(({ rule, points }) => `${rule} ${points}`).join(', ')}`,
      )
  }
  expect(wrong).toEqual([])
  expect(Object.keys(found).length).toBeGreaterThan(30)
})

test('the rules take points off an answer that deserves it', () => {
  const bare = {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<script src="/a.js"></script>',
  }
  expect(score(judge(bare))).toBe(30)
  const inline = {
    ...bare,
    headers: { ...bare.headers, 'content-security-policy': "script-src 'unsafe-inline'" },
  }
  expect(judge(inline)[0]?.points).toBe(-20)
})

test('whatever has a body says its type, and what is text its encoding', async () => {
  const text = /^(text\/[a-z-]+|(application|image)\/([a-z]+\+)?(xml|json)); charset=utf-8$/i
  for (const [kind, { answer }] of Object.entries(await kinds()))
    if (answer.body)
      expect([kind, answer.headers['content-type']]).toEqual([
        kind,
        expect.stringMatching(kind === 'a picture' ? /^image\/[a-z]+$/ : text),
      ])
})

test('every cookie is for this host alone, over https, out of the reach of scripts and of other sites', async () => {
  const cookies = Object.values(await kinds()).flatMap(({ answer }) => answer.headers['set-cookie'] ?? [])
  expect(cookies.map(cookie => cookie.split('=')[0])).toEqual(expect.arrayContaining(['__Host-handpress']))
  for (const cookie of cookies) {
    expect(cookie).toMatch(/; Secure/)
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=(Lax|Strict)/)
    expect(cookie).not.toMatch(/; Domain/i)
    expect(cookie).toMatch(/^__Host-/)
  }
})

test('HSTS covers hosts below the site’s but where the operator leaves them out, and asks for the browsers’ list when told to', async () => {
  const header = async (HSTS: string) => {
    const press = await openPress({ SITE_URL: 'https://paper.example', HSTS })
    return (await press.http.inject('/newsletter')).headers['strict-transport-security']
  }
  expect(await header('')).toBe('max-age=63072000; includeSubDomains')
  expect(await header('host')).toBe('max-age=63072000')
  expect(await header('preload')).toBe('max-age=63072000; includeSubDomains; preload')
})

async function oneOfEachKind(
  press: Press,
  origin: string,
): Promise<Record<string, { expected: number; answer: Answer }>> {
  const found: Record<string, { expected: number; answer: Answer }> = {}
  const show = async (
    kind: string,
    expected: number,
    path: string,
    options: Parameters<typeof askOverTls>[1] = {},
  ) => {
    found[kind] = { expected, answer: await askOverTls(origin + path, options) }
    return found[kind].answer
  }
  const post = (fields: Record<string, string>, headers = {}) => {
    const { payload, headers: type } = form(fields)
    return { method: 'POST', payload, headers: { ...type, ...headers } }
  }
  const lead = '/articles/zoom-executive-charged-over-tiananmen-meetings'
  const front = await show('the front page', 200, '/')
  await show('an article', 200, lead)
  await show('a listing', 200, '/sections/press')
  await show('search', 200, '/search?q=ink')
  await show('a standing page', 200, '/pages/about')
  await show('a form', 200, '/newsletter')
  await show('ways to give', 200, '/contribute')
  for (const feed of [
    '/feed.xml',
    '/atom.xml',
    '/feed.json',
    '/sitemap.xml',
    '/robots.txt',
    '/.well-known/security.txt',
  ])
    await show(feed, 200, feed)
  await show('a picture', 200, /(\/media\/[^"\s]+)/.exec(front.body)?.[1] ?? '')
  await show('an asset', 200, /"(\/assets\/[^"]+)"/.exec(front.body)?.[1] ?? '')
  await show('health', 200, '/healthz')
  await show('figures', 401, '/metrics')
  await show('not found', 404, '/nowhere')
  await show('refused', 422, '/newsletter', post({ email: 'nobody' }))
  await show('a wrong type', 415, '/newsletter', {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    payload: 'x',
  })
  const owner = await colleague(press, 'owner', 'Ann Owner')
  await owner.post('/admin/redirects', { from: '/old/address', to: lead })
  await show('a redirect', 301, '/old/address')
  const { preferences, leave } = await join(press, 'reader@example.org')
  await show('a reader’s own page', 200, preferences)
  await show('leaving', 200, leave)
  await show('the archive of issues', 200, '/newsletter/issues')
  await show('the tip line', 200, '/tips')
  await show('the tip line’s script', 200, '/tips/script.js')
  await show('coming back', 200, '/tips/return')
  const received = await show('a tip', 200, '/tips', post({ message: 'Something happened.' }))
  await show('a source who came back', 200, '/tips/return', post({ codename: codenameIn(received.body) }))
  await show('not found at the tip line', 404, '/tips/nowhere')
  await show('the door', 200, '/admin/sign-in')
  await show('a closed door', 303, '/admin')
  await show('asking for a password', 200, '/admin/reset')
  const email = 'ann.owner@example.org'
  const entered = await show('coming in', 303, '/admin/sign-in', post({ email, password }))
  const cookie = (entered.headers['set-cookie'] ?? []).map(one => one.split(';')[0]).join('; ')
  for (const page of [
    '/admin',
    '/admin/articles',
    '/admin/tips',
    '/admin/tips/keys',
    '/admin/media',
    '/admin/account/passkeys',
  ])
    await show(page, 200, page, { headers: { cookie } })
  await show('the desk’s not found', 404, '/admin/nowhere', { headers: { cookie } })
  return found
}
