import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { openNewsroom } from '../support/newsroom.js'
import { openPress, sharedByTests } from '../support/press.js'
import { answersIn, letReadersIn, request, said } from '../support/raw-http.js'

const close = 'Connection: close'

/** A press with an article that is kept already, and one that moved. */
const shared = sharedByTests(async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  await press.publish({ slug: 'kept', title: 'It is kept' })
  await press.publish({ slug: 'moved-here', formerSlugs: ['moved-away'] })
  await press.publish({ slug: 'other', title: 'The other one' })
  const port = await letReadersIn(press)
  const ask = async (bytes: string, methods?: string[]) => answersIn(await said(port, bytes), methods)
  await ask(request('GET /articles/kept HTTP/1.1', close))
  const made = () => press.logged().match(/"route":"\/articles\/:slug"(?!.*"kept")/g)?.length ?? 0
  return { port, ask, made, server: press.http.server }
})

/** Sends requests, and goes away without a word once the server has begun with all of them. */
async function sendAndVanish(requests: string[], { ifRead = false } = {}): Promise<void> {
  const { port, server } = await shared()
  let begun = 0
  const all = new Promise<void>(resolve => {
    server.on('request', function count({ socket }) {
      if (socket.remotePort !== visitor.localPort || ++begun < requests.length) return
      server.off('request', count)
      resolve()
    })
  })
  const visitor = connect(port, '127.0.0.1')
  if (!ifRead) visitor.pause()
  await once(visitor, 'connect')
  visitor.write(requests.join(''))
  await all
  visitor.resetAndDestroy()
}

test('requests that are sent without waiting are answered in their order, whether their pages are kept or made', async () => {
  const { ask } = await shared()
  const paths = [
    ...['/articles/kept', '/search?q=paragraph', '/articles/kept', '/articles/moved-away', '/articles/other'],
    ...['/articles/nowhere', '/articles/other', '/newsletter', '/articles/kept'],
  ]
  const requests = paths.map((path, n) =>
    request(`GET ${path} HTTP/1.1`, ...(n === paths.length - 1 ? [close] : [])),
  )
  const answers = await ask(requests.join(''))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 301, 200, 404, 200, 200, 200])
  const titles = answers.map(({ body }) => /<title>(.*?) ·/.exec(body)?.[1] ?? '')
  expect(titles).toEqual([
    ...['It is kept', 'Search: paragraph', 'It is kept', '', 'The other one'],
    ...['There is no page here', 'The other one', expect.stringMatching(/newsletter/i), 'It is kept'],
  ])
  expect(answers[0]?.body).toBe(answers[8]?.body)
})

test('of hundreds that are sent ahead a dozen or two are answered in their order, then one is refused, and the connection is closed', async () => {
  const { ask } = await shared()
  const one = request('GET /articles/kept HTTP/1.1')
  const answers = await ask(one.repeat(400))
  const [last, ...others] = answers.reverse()
  // One more or two, when the first are sent before the others are read.
  expect(others.length).toBeGreaterThan(16)
  expect(others.length).toBeLessThan(24)
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]))
  expect(last).toMatchObject({ status: 503, headers: { connection: 'close' } })
  // Who goes on once answers have come may ask for as many as they like.
  expect((await ask(request('GET /articles/kept HTTP/1.1', close)))[0]?.status).toBe(200)
})

test('a connection of HTTP/1.0 is closed after one answer, or kept where its client asks for that', async () => {
  const { ask } = await shared()
  for (const path of ['/articles/kept', '/newsletter', '/articles/nowhere']) {
    const [only, ...more] = await ask(`GET ${path} HTTP/1.0\r\n\r\nGET ${path} HTTP/1.0\r\n\r\n`)
    expect(only?.headers).toMatchObject({ connection: 'close' })
    expect(more).toEqual([])
    const kept = `GET ${path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`
    const [first, second] = await ask(`${kept}GET ${path} HTTP/1.0\r\n\r\n`)
    expect(first?.headers).toMatchObject({ connection: 'keep-alive', 'content-length': expect.any(String) })
    expect(second?.headers).toMatchObject({ connection: 'close' })
    expect(second?.status).toBe(first?.status)
  }
})

test('who closes their half after the last request gets every answer, and then the other half is closed', async () => {
  const { port } = await shared()
  const paths = [
    '/search?q=second',
    '/articles/kept',
    '/articles/moved-away',
    '/articles/kept',
    '/newsletter',
  ]
  for (let first = 0; first < paths.length; first++) {
    const wanted = paths.slice(first)
    const requests = wanted.map(path => request(`GET ${path} HTTP/1.1`)).join('')
    const answers = answersIn(await said(port, requests, { halfClosed: true }))
    expect(answers.map(({ status }) => status)).toEqual(
      wanted.map(path => (path.endsWith('away') ? 301 : 200)),
    )
  }
})

test('who vanishes while their pages are made, or never fetches them, leaves everybody else served', async () => {
  const { ask, server } = await shared()
  const search = request('GET /search?q=first+paragraph HTTP/1.1')
  for (const [path, status] of [
    ['/articles/moved-away', 301],
    ['/articles/nobody', 404],
    ['/archive', 200],
    ['/sections/security?before=nonsense', 422],
  ] as const) {
    await sendAndVanish([search, request(`GET ${path} HTTP/1.1`)])
    const [answer] = await ask(request(`GET ${path} HTTP/1.1`, close))
    expect(answer?.status, path).toBe(status)
  }
  // Somebody fetches nothing of what was asked first, and stays.
  const { port } = await shared()
  const sluggard = connect(port, '127.0.0.1')
  sluggard.pause()
  const arrived = once(server, 'request')
  sluggard.write(request('GET /newsletter HTTP/1.1').repeat(400) + request('GET /articles/no-one HTTP/1.1'))
  await arrived
  expect((await ask(request('GET /articles/no-one HTTP/1.1', close)))[0]?.status).toBe(404)
  sluggard.destroy()
})

test('HEAD is answered with the head that GET has, and no body', async () => {
  const { ask } = await shared()
  for (const path of [
    '/',
    '/articles/kept',
    '/search?q=first',
    '/articles/moved-away',
    '/feed.xml',
    '/robots.txt',
  ]) {
    const [got] = await ask(request(`GET ${path} HTTP/1.1`, close))
    const heard = await ask(request(`HEAD ${path} HTTP/1.1`, close), ['HEAD'])
    expect(heard, path).toHaveLength(1)
    const { date: _date, ...head } = got?.headers ?? {}
    expect(heard[0]?.headers, path).toMatchObject(head)
    expect(heard[0]?.status, path).toBe(got?.status)
  }
})

test('who waits for a word before sending a body is told to go on; other expectations are refused', async () => {
  const { ask } = await shared()
  const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3', close]
  const answers = await ask(`${request('POST /newsletter HTTP/1.1', 'Expect: 100-continue', ...form)}a=b`)
  expect(answers.map(({ status }) => status)).toEqual([100, 422])
  const [refused] = answersIn(
    (
      await said((await shared()).port, request('GET /articles/kept HTTP/1.1', 'Expect: wonders', close))
    ).replace(/transfer-encoding.*/is, '\r\n'),
  )
  expect(refused?.status).toBe(417)
})

test('a request that names no host, two or an impossible one is refused, at kept pages too', async () => {
  const { ask } = await shared()
  for (const path of ['/articles/kept', '/newsletter', '/articles/nowhere'])
    for (const hosts of ['Host: a\r\nHost: a', 'Host: a\r\nhOST: b', 'Host: a/b', 'Host: a b', 'Host: a@b']) {
      const answers = await ask(`GET ${path} HTTP/1.1\r\n${hosts}\r\n\r\n${request('GET / HTTP/1.1', close)}`)
      expect(
        answers.map(({ status }) => status),
        hosts,
      ).toEqual([400])
      expect(answers[0]?.headers).toMatchObject({
        connection: 'close',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      })
    }
  const { port } = await shared()
  expect(await said(port, 'GET /articles/kept HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
})

test('over https what is no request at all hears as well that this host is spoken to by https only', async () => {
  const port = await letReadersIn(await openPress({ SITE_URL: 'https://paper.example' }))
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    request('GET * HTTP/1.1', close),
    request('OPTIONS * HTTP/1.1', close),
    request('GET / HTTP/1.1', `Long: ${'x'.repeat(20_000)}`),
  ]) {
    const [answer] = answersIn(await said(port, bytes))
    expect(answer?.headers, bytes.slice(0, 40)).toMatchObject({
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    })
  }
})

test('a target that holds the origin is the same page; of the server as a whole nothing is asked but what it takes', async () => {
  const { ask, made } = await shared()
  const [plain] = await ask(request('GET /articles/kept HTTP/1.1', close))
  const before = made()
  for (const origin of ['http://paper.example', 'HTTP://elsewhere.example:81', 'https://[::1]']) {
    const [whole] = await ask(request(`GET ${origin}/articles/kept HTTP/1.1`, close))
    expect({ status: 200, body: whole?.body, etag: whole?.headers.etag }).toEqual({
      status: whole?.status,
      body: plain?.body,
      etag: plain?.headers.etag,
    })
    const [front] = await ask(request(`GET ${origin} HTTP/1.1`, close))
    expect(front?.status).toBe(200)
  }
  expect(made(), 'the page that is kept is not made anew').toBe(before)
  const [options] = await ask(request('OPTIONS * HTTP/1.1', close))
  expect(options).toMatchObject({ status: 204, headers: { allow: expect.stringContaining('GET') } })
  expect((await ask(request('GET * HTTP/1.1', close)))[0]?.status).toBe(400)
})

/** Heads on which two servers might not agree where a request ends; after each, a second request is hidden or not. */
const ambiguous: Record<string, string> = {
  'a length beside chunks': 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
  'a length before chunks': 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'two lengths': 'Content-Length: 4\r\nContent-Length: 5\r\n\r\naaaa',
  'a list of lengths': 'Content-Length: 4, 4\r\n\r\naaaa',
  'a signed length': 'Content-Length: +4\r\n\r\naaaa',
  'chunks that are not the last coding': 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'a coding that nobody knows': 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'a broken chunk': 'Transfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n',
  'a space before the colon': 'Content-Length : 4\r\n\r\naaaa',
  'a folded line': 'X-A: b\r\n c\r\n\r\n',
  'a line that ends early': 'X-A: b\nX-B: c\r\n\r\n',
  'a lone CR': 'X-A: b\rX-B: c\r\n\r\n',
  'a NUL': 'X-A: b\0c\r\n\r\n',
}

test('what two servers might read differently is refused, and what follows it is not read', async () => {
  const { ask } = await shared()
  const hidden = request('GET /robots.txt HTTP/1.1', close)
  for (const [name, rest] of Object.entries(ambiguous))
    for (const line of ['GET /articles/kept', 'POST /newsletter', 'POST /tips']) {
      const answers = await ask(`${line} HTTP/1.1\r\nHost: a\r\n${rest}${hidden}`)
      // A body may turn out to be broken once it is being answered; then the connection ends with that.
      expect(
        answers.map(({ status }) => status),
        `${line}, ${name}`,
      ).toSatisfy((statuses: number[]) => statuses.at(-1) === 400 && statuses.length <= 2)
      expect(answers.some(({ body }) => /user-agent/i.test(body))).toBe(false)
      expect(answers.at(-1)?.headers.connection).toBe('close')
    }
  for (const broken of [
    'GET /articles/kept HTTP/1.1\nHost: a\n\n',
    'GET /articles/kept HTTP/9.1\r\nHost: a\r\n\r\n',
  ])
    expect((await ask(broken)).map(({ status }) => status)).toEqual([400])
})

test('what came before something unreadable is answered first', async () => {
  const { ask } = await shared()
  const before = ['/search?q=paragraph', '/articles/kept', '/newsletter']
  const answers = await ask(
    `${before.map(path => request(`GET ${path} HTTP/1.1`)).join('')}N o n s e n s e\r\n\r\n`,
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400])
})

test('an address or a head that is too long is refused with a status that says so', async () => {
  const { ask } = await shared()
  const long = 'a'.repeat(20_000)
  const many = Array.from({ length: 3_000 }, (_, n) => `X-${n}: a`)
  for (const bytes of [
    request(`GET /articles/${long} HTTP/1.1`),
    request('GET /articles/kept HTTP/1.1', `X-Long: ${long}`),
    request('GET /articles/kept HTTP/1.1', ...many),
  ])
    expect((await ask(bytes)).map(({ status }) => status)).toEqual([431])
})

test('a body that nobody asked for is not taken for the next request', async () => {
  const { ask } = await shared()
  const hidden = request('GET /articles/other HTTP/1.1')
  const last = request('GET /newsletter HTTP/1.1', close)
  for (const path of ['/articles/kept', '/search?q=paragraph', '/articles/nowhere'])
    for (const body of [hidden, hidden.repeat(3_000)]) {
      const withLength = request(`GET ${path} HTTP/1.1`, `Content-Length: ${body.length}`) + body
      const chunked = `${request(`GET ${path} HTTP/1.1`, 'Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      for (const one of [withLength, chunked]) {
        const answers = await ask(one + last)
        expect(answers, path).toHaveLength(2)
        expect(answers[1]?.body).toMatch(/newsletter/i)
      }
    }
})
