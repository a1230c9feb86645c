import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'

/** A part of some bytes, both ends included. */
export interface Range {
  first: number
  last: number
}

/**
 * What of the bytes a GET asks for (RFC 9110, section 14.2). Several ranges at once are answered with all of it, which is allowed
 * and never more than was asked for by much.
 * @returns undefined for all of them, `nothing` where they end before the range begins
 */
export function rangeOf(
  { range, 'if-range': condition }: IncomingHttpHeaders,
  { etag, length }: { etag: string; length: number },
): Range | 'nothing' | undefined {
  // Only the same bytes can be put together, so a weak validator does not count (RFC 9110, section 13.1.5).
  if (range === undefined || (condition !== undefined && condition !== etag)) return undefined
  const [, from, to] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range) ?? []
  if (!from && !to) return undefined
  if (!from)
    return Number(to) > 0 && length > 0
      ? { first: Math.max(0, length - Number(to)), last: length - 1 }
      : 'nothing'
  if (to && Number(to) < Number(from)) return undefined
  const last = to ? Math.min(Number(to), length - 1) : length - 1
  return Number(from) < length ? { first: Number(from), last } : 'nothing'
}

/** Answers that what was asked for lies beyond the end (RFC 9110, section 15.5.17). */
export function unsatisfiable(reply: FastifyReply, length: number): FastifyReply {
  for (const name of ['content-type', 'content-encoding', 'content-length', 'etag']) reply.removeHeader(name)
  return reply
    .code(416)
    .header('content-range', `bytes */${length}`)
    .header('cache-control', 'no-store')
    .send()
}
