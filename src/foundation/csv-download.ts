import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** Sends a file of comma-separated values (RFC 4180) as it is made; it stays in no cache. */
export function sendCsv(
  reply: FastifyReply,
  name: string,
  pieces: AsyncIterable<string> | Readable,
): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .send(Readable.from(pieces))
}
