import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import autocannon from 'autocannon'
import type { RouteOptions } from 'fastify'
import { describe, expect, test } from 'vitest'
import { openConnections } from '../src/foundation/connections.js'
import { httpServer } from '../src/foundation/http-server.js'
import { hashPassword } from '../src/staff/passwords.js'
import { openPress, whenDone } from './support/press.js'
import { serveProgram } from './support/program.js'

test('far more than can be made at once: what is kept, the desk and the tip line answer, the rest hears when to come back', async () => {
  const { url, child } = await serveProgram({ RATE_LIMITS: 'off', LOG_LEVEL: 'warn' })
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
  const status = async (page: string) => (await fetch(`${url}${page}`)).status
  const calm = ['/', '/admin/sign-in', '/tips', '/healthz']
  for (const page of calm) expect(await status(page), page).toBe(200)
  const before = memory()

  const answers = new Map<number, number>()
  let withoutTime = 0
  let asked = 0
  const flood = autocannon({
    url,
    connections: 800,
    duration: 4,
    timeout: 30,
    setupClient(client) {
      client.setHeaders({ connection: 'keep-alive' })
      client.on('response', code => answers.set(code, (answers.get(code) ?? 0) + 1))
    },
    requests: [
      {
        setupRequest: request => {
          asked += 1
          return {
            ...request,
            path: asked % 2 ? `/search?q=word${asked}` : `/articles/nobody-wrote-${asked}`,
          }
        },
        onResponse: (code, _body, _context, headers) => {
          if (code === 503 && !Object.keys(headers ?? {}).some(name => /^retry-after$/i.test(name)))
            withoutTime += 1
        },
      },
    ],
  })
  const seen: Record<string, Set<number>> = Object.fromEntries(calm.map(page => [page, new Set()]))
  let most = before
  let isOver = false
  void flood.then(() => {
    isOver = true
  })
  while (!isOver) {
    for (const page of calm) seen[page]?.add(await status(page))
    most = Math.max(most, memory())
  }

  expect([...answers.keys()].filter(code => ![200, 404, 503].includes(code))).toEqual([])
  expect(answers.get(503)).toBeGreaterThan(0)
  expect(withoutTime).toBe(0)
  for (const page of calm) expect([...(seen[page] ?? [])], page).toEqual([200])
  expect(most - before).toBeLessThan(250)
  // Whoever comes next finds all as it was.
  expect(await status('/search?q=press')).toBe(200)
  expect(await status('/articles/nobody-wrote-this')).toBe(404)
})

describe('connections', () => {
  const MOST = 3

  async function listening(): Promise<number> {
    const server = httpServer((_request, response) => void response.end('answered'), {})
    openConnections(server, MOST)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    whenDone(async () => {
      server.closeAllConnections()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }

  /** @param says at once @returns the connection once it was answered, or closed */
  async function come(port: number, says: string): Promise<Socket & { heard?: string }> {
    const socket: Socket & { heard?: string } = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    whenDone(async () => void socket.destroy())
    await new Promise(resolve => socket.once('connect', resolve))
    socket.write(says)
    if (says === asks)
      await new Promise<void>(resolve => {
        socket.once('data', chunk => {
          socket.heard = String(chunk)
          resolve()
        })
        socket.once('close', () => resolve())
      })
    return socket
  }
  const asks = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

  test('when they are too many, one on which nothing goes on gives way to a new one', async () => {
    const port = await listening()
    const [first, second, third] = [await come(port, asks), await come(port, asks), await come(port, asks)]
    const closed = new Promise(resolve => first?.once('close', resolve))
    expect((await come(port, asks)).heard).toContain('answered')
    await closed
    expect([second?.destroyed, third?.destroyed]).toEqual([false, false])
  })

  test('one on which somebody still speaks does not; the new one is closed', async () => {
    const port = await listening()
    const held = []
    for (let n = 0; n < MOST; n++) held.push(await come(port, 'GET / HTTP/1.1\r\nX-Slow: '))
    await expect.poll(async () => (await come(port, asks)).heard).toBeUndefined()
    expect(held.filter(one => one.destroyed)).toEqual([])
  })
})

test('of a crowd that tries passwords some are told to come back, before their number takes all memory', async () => {
  const tries = await Promise.allSettled(
    Array.from({ length: 130 }, (_, n) => hashPassword(`a password ${n}`)),
  )
  const refused = tries.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused).toHaveLength(28)
  for (const { status, retryAfter } of refused) expect([status, retryAfter]).toEqual([503, 60])
  expect(await hashPassword('the next')).toMatch(/^\$argon2id\$/)
})

test('every form of readers has a limit of 64 KiB; the desk, tips and reports of relays have larger ones of their own', async () => {
  const routes: RouteOptions[] = []
  const { http } = await openPress({ RATE_LIMITS: 'off' }, { onRoute: route => void routes.push(route) })
  const forms = routes.filter(({ method }) => [method].flat().includes('POST')).map(({ url }) => url)
  const ofReaders = forms.filter(url => !/^\/(admin|tips)(\/|$)|^\/newsletter\/events(\/|$)/.test(url))
  const send = async (url: string, length: number) => {
    const type = 'application/x-www-form-urlencoded'
    const payload = `email=${'a'.repeat(length)}`
    return (await http.inject({ method: 'POST', url, payload, headers: { 'content-type': type } })).statusCode
  }
  expect(ofReaders.length).toBeGreaterThan(5)
  for (const url of ofReaders) expect(await send(url, 65_536), url).toBe(413)
  for (const url of ['/tips', '/admin/sign-in']) {
    expect(await send(url, 65_536), url).not.toBe(413)
    expect(await send(url, 1_048_576), url).toBe(413)
  }
})
