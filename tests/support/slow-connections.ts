import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { whenDone } from './press.js'

const form = 'Content-Type: application/x-www-form-urlencoded'
const SECOND = 1_000

/** What somebody does who holds a connection open: what is said at once, and what is added each second. */
export const slow = {
  silence: { first: '' },
  head: { first: 'GET / HTTP/1.1\r\nHost: paper.example\r\nX-Long: ', each: 'x' },
  'second head': { first: 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nX-Long: ', each: 'x' },
  body: {
    first: `POST /newsletter HTTP/1.1\r\nHost: a\r\n${form}\r\nContent-Length: 9000\r\n\r\nemail=`,
    each: 'x',
  },
  tip: {
    first:
      'POST /tips HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000\r\n\r\n' +
      '--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n',
    each: 'x',
  },
} satisfies Record<string, Slowness>

export interface Slowness {
  first: string
  each?: string
}

/** Asks for a picture as often as one may without reading, and takes a byte of it a second. */
export function slowReader(picture: string): Slowness {
  return { first: `GET ${picture} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(16) }
}

/** Opens a connection that somebody holds so; it is gone when the test is over. @returns its port on this side */
export async function hold(port: number, { first, each }: Slowness): Promise<number> {
  const socket = await connected(port)
  socket.pause()
  socket.write(first)
  const trickle = setInterval(() => {
    if (each) socket.write(each)
    socket.read(1)
  }, SECOND)
  socket.on('close', () => clearInterval(trickle))
  return socket.localPort ?? 0
}

/** Sends a form of which 12 KiB come a second, until `end` is called. */
export async function slowLine(port: number): Promise<{ end(): Promise<string> }> {
  const socket = await connected(port)
  const heard: string[] = []
  socket.on('data', chunk => heard.push(String(chunk)))
  const head = `POST /newsletter HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${form}\r\nTransfer-Encoding: chunked\r\n\r\n`
  socket.write(`${head}2\r\na=\r\n`)
  const sending = setInterval(() => socket.write(`c00\r\n${'x'.repeat(3_072)}\r\n`), SECOND / 4)
  const closed = new Promise(resolve => socket.on('close', resolve))
  return {
    async end() {
      clearInterval(sending)
      socket.end('0\r\n\r\n')
      await closed
      return heard.join('')
    },
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
    whenDone(async () => void socket.destroy())
  })
}

/** The ports at the other end of connections that a server on this machine has open: what it closed a client may not see yet. */
export function openAt(port: number): Set<number> {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table => readFileSync(table, 'utf8').split('\n'))
  const ports = rows.flatMap(row => {
    const [, local = '', remote = '', state] = row.trim().split(/\s+/)
    const isOpen = state === '01' && portOf(local) === port
    return isOpen ? [portOf(remote)] : []
  })
  return new Set(ports)
}

const portOf = (address: string): number => Number.parseInt(address.split(':')[1] ?? '', 16)
