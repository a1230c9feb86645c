import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Socket } from 'node:net'
import { answer, type Connection, Sent } from './connections.js'
import { placeInLine } from './pipelining.js'

interface Listening {
  keepAliveTimeout?: number
  requestTimeout?: number
  connectionTimeout?: number
}

/** What goes out with every answer, beside what each says: the policy of transport, where there is one. */
export type OnEveryAnswer = Record<string, string>

/**
 * What routes stand behind: a server that lets no request through whose head says two things (RFC 9112, section 3), and hands all
 * others on with their targets in origin form.
 */
export function httpServer(routes: RequestListener, listening: Listening, every: OnEveryAnswer = {}): Server {
  const server = createServer((request, response) => {
    const { socket, url = '' } = request
    const place = placeInLine(socket as Connection, response)
    if (place === 'drop') return
    ;(socket as Connection)[answer] = response
    if (!url.startsWith('/')) request.url = originForm(url)
    if (place === 'refuse') refuse(response, every, 503)
    else if (!namesOneHost(request)) refuse(response, every)
    else if (request.url === '*') answerForAll(request, response, every)
    else routes(request, response)
  })
  // A client that has said all it has to say may close its half and still waits for the answer (RFC 9112, section 9.6).
  Object.assign(server, { httpAllowHalfOpen: true })
  server.keepAliveTimeout = listening.keepAliveTimeout ?? server.keepAliveTimeout
  server.requestTimeout = listening.requestTimeout ?? server.requestTimeout
  server.setTimeout(listening.connectionTimeout ?? server.timeout)
  return server
}

/** What proxies are sent holds scheme and host as well; the rest is what everybody sends (RFC 9112, section 3.2.2). */
function originForm(target: string): string {
  const origin = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  return target === '*' || origin.startsWith('/') ? origin : `/${origin}`
}

const host = /^[\w.~!$&'()*+,;=%:[\]-]*$/

// Two servers on the way that take different ones of two hosts let one be asked for what the other keeps. That a request of
// HTTP/1.1 names any, Node has seen to; it would pass over the second.
function namesOneHost({ rawHeaders }: IncomingMessage): boolean {
  let named = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue
    if (++named > 1 || !host.test(rawHeaders[at + 1] as string)) return false
  }
  return true
}

function refuse(response: ServerResponse, every: OnEveryAnswer, status: 400 | 503 = 400): void {
  const { head, body } = words(status, every)
  response.writeHead(status, head).end(body)
}

/** `OPTIONS *` asks what the server as a whole can do (RFC 9110, section 9.3.7); nothing else is asked of it. */
function answerForAll({ method }: IncomingMessage, response: ServerResponse, every: OnEveryAnswer): void {
  if (method === 'OPTIONS') response.writeHead(204, { ...every, allow: 'GET, HEAD, POST, OPTIONS' }).end()
  else refuse(response, every)
}

const statuses: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }
const refused = new WeakSet<Socket>()

/**
 * Says to a client that what it sent is no request, and closes. What it asked before is answered first: whoever reads takes the
 * first answer for that of the first request (RFC 9112, section 9.3.2).
 */
export function refuseUnreadable(
  { code = '' }: { code?: string },
  socket: Connection,
  every: OnEveryAnswer = {},
): void {
  // Something that comes after the last request is nobody's concern.
  if (code === 'HPE_CLOSED_CONNECTION') return
  // What follows is unreadable as well, and each part of it is reported.
  if (refused.has(socket)) return
  refused.add(socket)
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const say = (): void => {
    if (socket.writable) socket.write(refusal(statuses[code] ?? 400, every))
    socket.destroySoon()
  }
  const latest = socket[answer]
  if (!latest || latest instanceof Sent || latest.writableFinished) return void say()
  // Where the body of that request itself is broken, nothing else would ever answer it.
  const isItsOwn = !latest.req.complete && !latest.headersSent
  if (isItsOwn && latest.socket) say()
  else latest.once(isItsOwn ? 'socket' : 'close', say)
}

/** A whole answer that refuses what is no request, and closes. */
export function refusal(status: number, every: OnEveryAnswer): string {
  const { head, body } = words(status, every)
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}

function words(status: number, every: OnEveryAnswer): { head: Record<string, string>; body: string } {
  const reason =
    status === 503 ? 'send fewer requests ahead of the answers' : 'this is no request that can be answered'
  const body = `${STATUS_CODES[status]}: ${reason}.\n`
  const head = {
    ...every,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(body.length),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    connection: 'close',
  }
  return { head, body }
}
