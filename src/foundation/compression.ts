import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

export type Encoding = 'br' | 'gzip' | 'identity'

// The published types of negotiator 1 lack the second parameter.
interface PreferringNegotiator {
  encoding(available: Encoding[], options: { preferred: Encoding[] }): string | undefined
}

// Below this a compressed answer saves no packet.
const WORTH_COMPRESSING = 1_024

// The same bytes are asked for again and again; 32 MiB of compressed ones are kept.
const compressed = new LRUCache<string, Buffer>({
  maxSize: 32 * 1_048_576,
  sizeCalculation: buffer => buffer.length,
})

/** The encoding that the client prefers among those we have (RFC 9110, 12.5.3); brotli on a tie. */
export function preferredEncoding(request: FastifyRequest, body: Buffer): Encoding {
  if (body.length < WORTH_COMPRESSING) return 'identity'
  const negotiator = new Negotiator(request.raw) as unknown as PreferringNegotiator
  const negotiated = negotiator.encoding(['br', 'gzip', 'identity'], { preferred: ['br', 'gzip'] })
  return (negotiated as Encoding | undefined) ?? 'identity'
}

/**
 * Compresses on the thread pool, off the event loop.
 * @param key names the bytes: equal keys must mean equal bytes
 */
export async function compress(body: Buffer, encoding: Encoding, key: string): Promise<Buffer> {
  if (encoding === 'identity') return body
  const kept = compressed.get(key)
  if (kept) return kept
  const result = encoding === 'br' ? await brotli(body) : await gzipAsync(body, { level: 6 })
  compressed.set(key, result)
  return result
}

function brotli(body: Buffer): Promise<Buffer> {
  return brotliAsync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  })
}
