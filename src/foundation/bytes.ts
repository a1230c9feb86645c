import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fresh from 'fresh'
import { compress, type Encoding, preferredEncoding } from './compression.js'

/** How long an answer may be kept, by kind of page. */
const cacheControl = {
  /** articles, listings: kept, but asked about each time, so that no reader sees the page before a correction */
  content: 'public, no-cache',
  /** feeds and sitemaps: machines may poll a few minutes late */
  feed: 'public, max-age=300',
  /** content-hashed addresses never change */
  immutable: 'public, max-age=31536000, immutable',
  /** forms and answers to them: never shared */
  form: 'private, no-cache',
  /** tokens, tips, staff: never written to any disk */
  secret: 'no-store',
} as const

export type Cache = keyof typeof cacheControl

export interface Answer {
  body: Buffer
  /** the media type, with charset where it is text */
  type: string
  cache: Cache
  /** when what the answer shows last changed, ISO 8601 */
  modified?: string | undefined
  status?: number
}

/**
 * Sends finished bytes with validators: a strong ETag of the bytes as encoded, `Last-Modified`, 304 where the
 * client has them already (RFC 9110, section 13), and gzip or brotli where it takes them. Secrets are sent
 * as they are: compressing them beside what an attacker chooses would leak them (BREACH).
 */
export async function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): Promise<FastifyReply> {
  const { body, type, cache, modified, status = 200 } = answer
  reply.code(status).type(type).header('cache-control', cacheControl[cache])
  if (cache === 'secret') return reply.send(body)

  const encoding = preferredEncoding(request, body)
  const etag = entityTag(body, encoding)
  reply.header('vary', 'Accept-Encoding')
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  if (status === 200) {
    reply.header('etag', etag)
    const lastModified = httpDate(modified)
    if (lastModified) reply.header('last-modified', lastModified)
    const validators = { etag, 'last-modified': lastModified }
    if (fresh(request.headers, validators)) return reply.code(304).removeHeader('content-encoding').send()
  }
  return reply.send(await compress(body, encoding, etag))
}

function entityTag(body: Buffer, encoding: Encoding): string {
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 27)
  return encoding === 'identity' ? `"${digest}"` : `"${digest}-${encoding}"`
}

// HTTP dates count whole seconds. Within the second of a change a second change would go unseen, so the
// date is sent only once that second is over (RFC 9110, 8.8.2.2).
function httpDate(modified: string | undefined): string | undefined {
  if (!modified) return undefined
  const time = new Date(modified)
  return Date.now() - time.getTime() > 1_000 ? time.toUTCString() : undefined
}
