import zlib from 'node:zlib'
import fc from 'fast-check'
import type { RouteOptions } from 'fastify'
import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { sharedByTests } from '../support/press.js'
import { answersIn, letReadersIn, said } from '../support/raw-http.js'

const pages = [
  '/',
  '/articles/story-2',
  '/archive',
  '/corrections',
  '/sections/security',
  '/feed.xml',
  '/archive/2020/11',
]

const patterns: string[] = []

/** A page of each route whose pages are kept. */
function keptPages(): string[] {
  const names = { ':slug': 'security', ':year': '2020', ':month': '11' }
  return patterns.map(pattern =>
    Object.entries(names).reduce((path, [name, value]) => path.replace(name, value), pattern),
  )
}

const shared = sharedByTests(async () => {
  const onRoute = ({ url, config, method }: RouteOptions) =>
    void (config?.kept && method === 'GET' && patterns.push(url))
  const press = await openNewsroom({ RATE_LIMITS: 'off' }, { onRoute })
  for (let count = 0; count < 30; count++) await press.publish()
  const port = await letReadersIn(press)
  const editor = await colleague(press, 'editor')
  const ask = async (target: string, headers: [string, string][] = []) => {
    const lines = [['Host', 'paper.example'], ...headers, ['Connection', 'close']].map(line =>
      line.join(': '),
    )
    const heard = await said(port, `GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    const [answer] = answersIn(heard)
    if (!answer) throw new Error('Nothing was answered.')
    const { 'content-encoding': encoding = 'identity', etag } = answer.headers
    return { status: answer.status, encoding, etag, text: decoded[encoding]?.(answer.bytes).toString() }
  }
  const anew = async (url: string) => {
    const { statusCode: status, headers, body: text } = await press.http.inject(url)
    return { status, encoding: 'identity', etag: headers.etag, text }
  }
  return { ask, anew, editor }
})

const decoded: Record<string, (bytes: Buffer) => Buffer> = {
  identity: bytes => bytes,
  br: bytes => zlib.brotliDecompressSync(bytes),
  gzip: bytes => zlib.gunzipSync(bytes),
  // Node has it since 22.15, its types for 20 do not know it.
  zstd: bytes => (zlib as unknown as { zstdDecompressSync(bytes: Buffer): Buffer }).zstdDecompressSync(bytes),
}

/** What caches and proxies have been talked into taking for something else. */
const names = [
  ...[
    'X-Preview',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Prefix',
    'X-Original-URL',
    'X-Rewrite-URL',
  ],
  ...[
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'Forwarded',
    'Via',
    'Accept',
    'Accept-Language',
    'User-Agent',
  ],
  ...[
    'Authorization',
    'Cookie',
    'Referer',
    'Origin',
    'DNT',
    'Save-Data',
    'Pragma',
    'Cache-Control',
    'Range',
    'If-Range',
  ],
  ...[
    'Purpose',
    'Sec-Purpose',
    'X-Middleware-Subrequest',
    'X-Host',
    'X-Wap-Profile',
    'Surrogate-Control',
    'TE',
  ],
]
const values = [
  '1',
  'true',
  'evil.example',
  '/admin',
  'POST',
  'no-cache',
  'bytes=0-9',
  'de',
  'http',
  '<script>',
  'a'.repeat(3_000),
]
const oddHeaders = fc.array(
  fc.tuple(
    fc.constantFrom(...names),
    fc.oneof(fc.constantFrom(...values), fc.stringMatching(/^[!-~]{1,40}$/)),
  ),
  { minLength: 1, maxLength: 6 },
)
const oddQuery = fc.oneof(
  fc.constantFrom(
    '',
    '?',
    '?&&',
    '?=',
    '?utm_source=a',
    '?preview=1',
    '?_method=POST',
    '?__proto__=1',
    '?before',
    '?%',
    '?a=%zz',
  ),
  fc.webQueryParameters().map(query => `?x=1&${query.replaceAll('#', '')}`),
)

test('what else stands in a head, or in a query that a page does not look at, gives everybody the same page', async () => {
  const { ask, anew, editor } = await shared()
  const plain = new Map(await Promise.all(pages.map(async page => [page, await ask(page)] as const)))
  for (const page of pages) expect(plain.get(page), page).toEqual(await anew(page))
  const cookies = oddHeaders.map(odd => [...odd, ['Cookie', editor.cookie] as [string, string]])
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...pages),
      fc.oneof(oddHeaders, cookies),
      oddQuery,
      async (page, headers, query) => {
        const odd = await ask(page + query, headers)
        // A page that looks at a parameter says so when it cannot be read.
        if (odd.status !== 422) expect(odd).toEqual(plain.get(page))
        expect(await ask(page)).toEqual(plain.get(page))
      },
    ),
    { numRuns: 150, examples: [['/archive', [['Cookie', editor.cookie]], '']] },
  )
})

test('a parameter that a page looks at counts however it is spelled, and beside whatever else', async () => {
  const { ask, anew } = await shared()
  const first = await ask('/archive')
  const [, before = ''] = /\/archive\?before=([^"&]+)/.exec(first.text ?? '') ?? []
  const second = await anew(`/archive?before=${before}`)
  expect(second.text).not.toBe(first.text)
  const spelled = [...decodeURIComponent(before)]
    .map(letter => `%${letter.charCodeAt(0).toString(16)}`)
    .join('')
  for (const query of [
    `before=${before}`,
    `before=${spelled}`,
    `%62efore=${before}`,
    `a=b&before=${before}`,
    `before=${before}&utm_source=a`,
    `&&before=${before}&`,
  ])
    for (let time = 0; time < 2; time++) expect(await ask(`/archive?${query}`), query).toEqual(second)
  for (const query of [
    `BEFORE=${before}`,
    `before[]=${before}`,
    `a=before=${before}`,
    ` before=${before}`.replace(' ', '+'),
  ])
    expect(await ask(`/archive?${query}`), query).toEqual(first)
  const both = `/archive?before=${before}&before=zzz`
  expect((await ask(both)).status).toBe((await anew(both)).status)
  expect(await ask('/archive')).toEqual(first)
})

test('no page is kept without a parameter that it looks at', async () => {
  const { ask, anew } = await shared()
  for (const page of keptPages()) {
    await ask(page)
    // Named here, and not taken from the routes: what one of them forgets to name is what would go wrong.
    for (const parameter of ['before', 'after', 'q', 'page'])
      for (const value of ['2000-01-01T00:00:00.000Z~x', '2']) {
        const url = `${page}?${parameter}=${value}`
        const [{ status, text }, made] = [await ask(url), await anew(url)]
        expect(status, url).toBe(made.status)
        // Each error page has a number of its own.
        if (status === 200) expect(text, url).toBe(made.text)
      }
  }
})

test('whatever encodings a client names, it gets the page in one that it takes, with that one’s ETag', async () => {
  const { ask, anew } = await shared()
  const page = '/articles/story-2'
  const { text, etag = '' } = await anew(page)
  const list = fc
    .array(
      fc.tuple(
        fc.constantFrom('gzip', 'br', 'zstd', 'identity', '*', 'deflate', 'x-gzip', 'GZIP', ''),
        fc.constantFrom('', ';q=0', ';q=0.000', ';q=1', ';q=0.3', ';q=-1', ';q=x', '; Q=0.5', ';q=1;a=b'),
      ),
    )
    .map(parts => parts.map(part => part.join('')).join(','))
  const examples = [
    '',
    'identity;q=0',
    '*;q=0',
    'identity;q=0, *;q=0',
    'gzip;q=0',
    'br;q=0, gzip;q=0.1',
    ',,,',
    'gzip, '.repeat(1_400),
    `${'x'.repeat(10_000)}, br`,
    'gzip\t;\tq=1',
  ]
  const seen = new Map([['identity', etag]])
  await fc.assert(
    fc.asyncProperty(list, async accepted => {
      const answer = await ask(page, [['Accept-Encoding', accepted]])
      expect({ ...answer, etag: '', encoding: '' }).toEqual({ status: 200, text, etag: '', encoding: '' })
      const quick = String(answer.etag).replace('-br11', '-br')
      expect(seen.get(answer.encoding) ?? quick).toBe(quick)
      seen.set(answer.encoding, quick)
      expect(refusedBy(accepted), `${accepted} got ${answer.encoding}`).not.toContain(answer.encoding)
    }),
    { numRuns: 300, examples: examples.map(one => [one] as [string]) },
  )
  expect(new Set(seen.values()).size).toBe(seen.size)
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['identity', 'gzip', 'br']))
})

/** The encodings that a client says it does not take; identity is what is left where it takes none. */
function refusedBy(accepted: string): string[] {
  return ['br', 'gzip', 'zstd'].filter(name => {
    const said = accepted.split(',').map(part => part.trim().toLowerCase())
    const own = said.filter(part => part.split(/[;\s]/)[0] === name)
    return own.length > 0 && own.every(part => /;\s*q=0(\.0*)?$/.test(part))
  })
}
