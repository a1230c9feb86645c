import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Pages are as long as the next multiple of this, in bytes. */
const PAGE_CLASS = 65_536

/** Headers are filled up to this many bytes, more than any page's need. */
const HEADER_CLASS = 3_072

const FRAME = Buffer.byteLength('<!---->')

/**
 * Gives all pages of a scope one length, head and body, so that somebody who watches the encrypted line does not learn
 * from it which page it was: a known codename from an unknown one, a reply from none. The filling is random and the
 * answer asks not to be transformed, since a proxy that compressed it would show the lengths again (and the secrets
 * beside what was typed: BREACH).
 */
export function padPages(scope: FastifyInstance): void {
  scope.addHook('onSend', async (_request, reply, payload) => {
    if (!(Buffer.isBuffer(payload) || typeof payload === 'string')) return payload
    const page = filled(Buffer.from(payload), String(reply.getHeader('content-type')))
    if (!page) return payload
    reply.header('cache-control', 'no-store, no-transform')
    reply.header('content-length', page.length)
    reply.header('x-padding', filling(Math.max(0, HEADER_CLASS - headerBytes(reply))))
    return page
  })
}

// Only pages, and the plain sentence that stands in for a page that cannot be made.
function filled(content: Buffer, type: string): Buffer | undefined {
  const missing = Math.ceil((content.length + FRAME) / PAGE_CLASS) * PAGE_CLASS - content.length
  if (type.startsWith('text/html'))
    return Buffer.concat([content, Buffer.from(`<!--${filling(missing - FRAME)}-->`)])
  if (type.startsWith('text/plain')) return Buffer.concat([content, Buffer.alloc(missing, '\n')])
  return undefined
}

function filling(length: number): string {
  return randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64url')
    .replaceAll('-', '_')
    .slice(0, length)
}

function headerBytes(reply: FastifyReply): number {
  const lines = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    [value].flat().map(one => `${name}: ${one}\r\n`),
  )
  const status = `${reply.statusCode} ${STATUS_CODES[reply.statusCode]}\r\n`
  return Buffer.byteLength(status + lines.join('') + connectionLines(reply))
}

// Node adds them last, and other ones where the line is to be closed, as after a form that is too large.
function connectionLines(reply: FastifyReply): string {
  if (reply.hasHeader('connection')) return ''
  if (!reply.raw.shouldKeepAlive) return 'connection: close\r\n'
  const seconds = Math.floor(reply.server.server.keepAliveTimeout / 1_000)
  return `connection: keep-alive\r\nkeep-alive: timeout=${seconds}\r\n`
}
