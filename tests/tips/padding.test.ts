import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { form, openPress } from '../support/press.js'

/** An answer's head as it comes over the line, with the empty line that ends it. */
function headOf(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = ''
    const socket = connect(port, '127.0.0.1', () => void socket.write(request))
    socket.on('error', reject).on('data', bytes => {
      read += bytes.toString('latin1')
      const end = read.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.destroy()
      resolve(read.slice(0, end + 4))
    })
  })
}

const get = (url: string, more = '') => `GET ${url} HTTP/1.1\r\nhost: x\r\n${more}\r\n`
const post = (url: string, type: string, payload: string, length = payload.length) =>
  `POST ${url} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${payload}`
const urlencoded = 'application/x-www-form-urlencoded'

test('the head of every answer has one length on the line, of one that ends the connection as well', async () => {
  const press = await openPress()
  await press.http.listen({ port: 0, host: '127.0.0.1' })
  const { port } = press.http.server.address() as AddressInfo
  const heads: string[] = []
  for (const request of [
    ...['/tips', '/tips/return', '/tips/what-we-hold', '/tips/nowhere'].map(url => get(url)),
    get('/tips', 'connection: close\r\n'),
    post('/tips', urlencoded, form({ message: '' }).payload),
    post('/tips', urlencoded, form({ message: 'x'.repeat(2_000_000) }).payload),
    post('/tips', 'multipart/form-data; boundary=x', '', 200_000_000),
    post('/tips', 'application/json', '{}'),
    post('/tips/return/ending', urlencoded, ''),
  ])
    heads.push(await headOf(port, request))
  expect(heads.map(head => head.slice(9, 12))).toEqual('200 200 200 404 200 422 413 413 415 200'.split(' '))
  expect(heads.some(head => /^connection: close/im.test(head))).toBe(true)
  expect([...new Set(heads.map(head => head.length))]).toHaveLength(1)
})
