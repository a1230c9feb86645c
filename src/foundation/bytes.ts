import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Place } from './page-cache.js'
import { rangeOf, unsatisfiable } from './ranges.js'
import { answerToKnowing, type Coded, Representation } from './representation.js'

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
  /** tells the bytes from others; it is taken of them where nobody knows it */
  digest?: string
  /** the media type, with charset where it is text */
  type: string
  cache: Cache
  /** when what the answer shows last changed, ISO 8601 */
  modified?: string | undefined
  status?: number
  /** where the bytes stay for the next who asks; that of the route when not said, and forms have none */
  place?: Pick<Place, 'former' | 'keep'> | undefined
}

/**
 * Sends finished bytes with validators: a strong ETag of the bytes as encoded, `Last-Modified`, 304 where the
 * client has them already (RFC 9110, section 13), and compressed where it takes that. Secrets are sent
 * as they are: compressing them beside what an attacker chooses would leak them (BREACH).
 */
export async function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): Promise<FastifyReply> {
  const { body, digest, type, cache, modified, status = 200 } = answer
  reply.code(status).type(type).header('cache-control', cacheControl[cache])
  if (cache === 'secret') return reply.send(body)
  reply.header('vary', 'Accept-Encoding')
  if (cache === 'immutable') reply.header('accept-ranges', 'bytes')
  const described = { type, digest, modified, headers: sameForAll(reply) }
  const place = answer.place ?? (cache === 'form' ? undefined : request.place)
  const representation = new Representation(body, described, place?.former)
  if (status === 200 && !reply.hasHeader('set-cookie')) place?.keep(representation)
  return send(request, reply, representation)
}

/** Sends a representation in the encoding that the client prefers. What is an error has no validators. */
async function send(
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  representation: Representation,
): Promise<FastifyReply> {
  const encoding = representation.encodingFor(headers['accept-encoding'])
  const coded = representation.ready(encoding) ?? (await representation.coded(encoding))
  if (reply.statusCode !== 200) {
    if (coded.encoding !== 'identity') reply.header('content-encoding', coded.encoding)
    return reply.send(coded.answer.body)
  }
  const known = answerToKnowing(headers, coded)
  const { fields } = known ?? coded.answer
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    // What is sent in every encoding was taken of this answer.
    if (!reply.hasHeader(name)) reply.header(name, fields[at + 1])
  }
  if (known) return reply.code(304).send()
  return method === 'GET' && reply.hasHeader('accept-ranges')
    ? sendRange(headers, reply, coded)
    : reply.send(coded.answer.body)
}

/** Sends what was asked for of the bytes as they are encoded: their ETag tells one encoding's from another's. */
function sendRange(
  headers: IncomingHttpHeaders,
  reply: FastifyReply,
  { answer: { body }, etag }: Coded,
): FastifyReply {
  const { length } = body
  const range = rangeOf(headers, { etag, length })
  if (!range) return reply.send(body)
  if (range === 'nothing') return unsatisfiable(reply, length)
  const { first, last } = range
  const part = body.subarray(first, last + 1)
  reply.code(206).header('content-range', `bytes ${first}-${last}/${length}`)
  return reply.header('content-length', String(part.length)).send(part)
}

function sameForAll(reply: FastifyReply): Record<string, string> {
  const { 'content-type': _type, ...headers } = reply.getHeaders()
  return headers as Record<string, string>
}
