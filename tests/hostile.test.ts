import fc from 'fast-check'
import { expect, test } from 'vitest'
import { naughty } from './support/naughty.js'
import { openNewsroom } from './support/newsroom.js'
import { sharedByTests } from './support/press.js'
import { harmIn, openTarget } from './support/strikes.js'

// Each text is tried in a few places and each place gets some of the texts; `npm run test:torture` tries all in all.

const target = sharedByTests(openTarget)

test('a stranger may write into every open route, every field of their forms, and every head', async () => {
  const { strikes, routes } = await target()
  const places = strikes.map(({ place }) => place)
  for (const { method, url } of routes)
    expect(
      places.some(place => place.startsWith(`${method} ${url}`)),
      `${method} ${url}`,
    ).toBe(true)
  const fields = places.filter(place => place.endsWith('(a form)'))
  for (const field of [
    ...['POST /newsletter email', 'POST /newsletter name', 'POST /newsletter frequency', 'GET /search q'],
    ...['POST /tips message', 'POST /tips contact', 'POST /tips/return codename'],
    ...['POST /tips/return/messages message', 'POST /tips/return/erasure certain'],
    ...['POST /admin/sign-in email', 'POST /admin/sign-in password', 'POST /admin/reset email'],
  ])
    expect(fields).toContain(`${field} (a form)`)
  for (const own of ['name', 'frequency', 'sections', 'email'])
    expect(fields.filter(place => place.includes('/newsletter/preferences/')).join()).toContain(` ${own} `)
})

test('every naughty text, somewhere, and some of them everywhere, get a page or a clear refusal', async () => {
  const { strikes, send } = await target()
  const harm: string[] = []
  let sent = 0
  for (let turn = 0; turn < Math.max(strikes.length, naughty.length) * 2; turn++) {
    const text = naughty[(turn * 31) % naughty.length] ?? ''
    const strike = strikes[turn % strikes.length]
    const given = strike?.with(text)
    if (!strike || !given) continue
    sent += 1
    harm.push(...harmIn(await send(given), text, strike.place))
  }
  expect(harm).toEqual([])
  expect(sent).toBeGreaterThan(strikes.length)
}, 120_000)

test('whatever a client sends, in whatever form and under whatever headers, nothing breaks', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  await press.publish({ slug: 'here' })
  const paths = [
    '/',
    '/articles/here',
    '/search',
    '/newsletter',
    '/tips',
    '/tips/return',
    '/admin',
    '/admin/sign-in',
    '/feed.xml',
    '/contribute',
    '/nowhere',
  ]
  const header = fc
    .string({ minLength: 1, maxLength: 100 })
    .map(text => text.replace(/[^\t\x20-\x7e]/g, '?').trim() || '?')
  const type = fc.oneof(
    fc.constantFrom(
      'application/x-www-form-urlencoded',
      'application/json',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'text/plain',
      'image/png',
      '',
    ),
    header,
  )
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        url: fc
          .tuple(fc.constantFrom(...paths), fc.webQueryParameters())
          .map(([at, query]) => `${at}?${query}`),
        method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
        payload: fc.oneof(fc.string({ unit: 'binary' }), fc.webQueryParameters(), fc.json()),
        contentType: type,
        encoding: header,
        ifNoneMatch: header,
        ifModifiedSince: header,
      }),
      async ({ url, method, payload, contentType, encoding, ifNoneMatch, ifModifiedSince }) => {
        const headers = {
          'accept-encoding': encoding,
          'if-none-match': ifNoneMatch,
          'if-modified-since': ifModifiedSince,
          ...(method !== 'GET' && method !== 'HEAD' && { 'content-type': contentType }),
        }
        const sends = method === 'GET' || method === 'HEAD' ? {} : { payload: payload.toWellFormed() }
        const answer = await press.http.inject({ url, method: method as 'GET', headers, ...sends })
        expect(answer.statusCode, `${method} ${url} ${contentType}`).toBeLessThan(500)
      },
    ),
    { numRuns: 300 },
  )
}, 300_000)
