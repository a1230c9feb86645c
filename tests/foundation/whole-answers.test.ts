import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { answer, type Connection, Sent } from '../../src/foundation/connections.js'
import { openNewsroom } from '../support/newsroom.js'
import { sharedByTests } from '../support/press.js'
import { letReadersIn, request, said } from '../support/raw-http.js'

/** A press with one article that is kept, and what became of each response once its request was answered. */
const shared = sharedByTests(async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  await press.publish({ slug: 'kept', title: 'It is kept' })
  const port = await letReadersIn(press)
  const ways: ('whole' | 'by Node')[] = []
  const ends: Promise<unknown>[] = []
  const connections = new Set<Connection>()
  await said(port, get('Accept-Encoding: gzip', 'Connection: close'))
  await said(port, get('Connection: close'))
  press.http.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    ways.push(response.headersSent ? 'by Node' : 'whole')
    ends.push(once(response, 'close'))
    connections.add(socket as Connection)
  })
  return { port, ways, ends, connections }
})

function get(...further: string[]): string {
  return request('GET /articles/kept HTTP/1.1', ...further)
}

/** The answers, each head with its body, without their seconds. */
function answersOf(heard: string): string[] {
  return heard
    .replaceAll(/^Date: .* GMT\r$/gm, 'Date\r')
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter(Boolean)
}

test('what is sent whole is byte for byte what Node would send', async () => {
  const { port, ways } = await shared()
  const [, tag = ''] = /^etag: (.*)\r$/m.exec(await said(port, get('Connection: close'))) ?? []
  for (const further of [[], ['Accept-Encoding: gzip'], [`If-None-Match: ${tag}`]]) {
    ways.length = 0
    // The second waits behind the first, and is therefore left to Node.
    const heard = await said(port, get(...further) + get(...further) + get('Connection: close'))
    const [whole, byNode, last] = answersOf(heard)
    expect(ways).toEqual(['whole', 'by Node', 'by Node'])
    expect(whole).toContain('\r\nDate\r\nConnection: keep-alive\r\nKeep-Alive: timeout=15\r\n\r\n')
    expect(whole).toBe(byNode)
    expect(last).toContain('\r\nConnection: close\r\n')
  }
})

test('what is not the common request is left to Node', async () => {
  const { port, ways } = await shared()
  ways.length = 0
  await said(
    port,
    request('GET /articles/kept HTTP/1.0', 'Connection: keep-alive') + get('Connection: close'),
  )
  await said(port, request('HEAD /articles/kept HTTP/1.1') + get('Connection: close'))
  await said(port, `${get('Content-Length: 4')}bytes`.slice(0, -1) + get('Connection: close'))
  await said(port, get('Expect: 100-continue') + get('Connection: close'))
  expect(ways).toEqual(Array(8).fill('by Node'))
})

test('after an answer that was sent whole the connection goes on, and holds nothing of it', async () => {
  const { port, ways, ends, connections } = await shared()
  const reader = connect(port, '127.0.0.1')
  let heard = ''
  reader.setEncoding('latin1').on('data', chunk => {
    heard += chunk
  })
  connections.clear()
  ways.length = ends.length = 0
  for (let count = 1; count <= 20; count++) {
    reader.write(get())
    while (answersOf(heard).length < count || !heard.endsWith('</html>\n')) await once(reader, 'data')
  }
  expect(ways).toEqual(Array(20).fill('whole'))
  await Promise.all(ends)
  const [connection] = connections
  expect(connections.size).toBe(1)
  expect(connection?.[answer]).toBeInstanceOf(Sent)
  reader.destroy()
})
