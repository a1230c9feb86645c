import { promisify } from 'node:util'
import zlib, { constants } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'

export type Encoding = 'br' | 'zstd' | 'gzip' | 'identity'

type Compress = (body: Buffer) => Promise<Buffer>

// The published types of negotiator 1 lack the second parameter.
interface PreferringNegotiator {
  encoding(available: Encoding[], options: { preferred: Encoding[] }): string | undefined
}

const brotliAsync = promisify(zlib.brotliCompress)
const gzipAsync = promisify(zlib.gzip)

// A page takes less than a millisecond. On the thread pool it would wait behind whatever waits for the disk there.
const SMALL = 65_536

// Node has it since 22.15, its types for 20 do not know it.
const { zstdCompress } = zlib as {
  zstdCompress?: (body: Buffer, done: (...result: unknown[]) => void) => void
}
const zstdAsync = zstdCompress && (promisify(zstdCompress) as Compress)

const brotliOptions = (quality: number, { length }: Buffer): zlib.BrotliOptions => ({
  params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: length },
})

const quick: Record<Exclude<Encoding, 'identity'>, Compress | undefined> = {
  async br(body) {
    const options = brotliOptions(5, body)
    return body.length > SMALL ? brotliAsync(body, options) : zlib.brotliCompressSync(body, options)
  },
  zstd: zstdAsync,
  async gzip(body) {
    return body.length > SMALL ? gzipAsync(body, { level: 6 }) : zlib.gzipSync(body, { level: 6 })
  },
}

/** What this machine can make, the best first. */
const offered = (['br', 'zstd', 'gzip'] as const).filter(encoding => quick[encoding])

/** Compresses in the time that a reader may wait; what is long on the thread pool, off the event loop. */
export async function encoded(body: Buffer, encoding: Encoding): Promise<Buffer> {
  const compress = encoding === 'identity' ? undefined : quick[encoding]
  return compress ? trimmed(await compress(body)) : body
}

/** As small as brotli can make it, off the event loop; takes some twenty times as long. */
export const denselyEncoded: Compress = async body =>
  trimmed(await brotliAsync(body, brotliOptions(11, body)))

/** Without the rest of the 16 KiB that zlib writes into: where bytes are kept, all of it would be. */
function trimmed(bytes: Buffer): Buffer {
  if (bytes.length === bytes.buffer.byteLength) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}

// Browsers send a handful of headers; whoever sends others has them read anew each time.
const read = new LRUCache<string, Encoding>({ max: 200 })
const LONGEST_READ = 200

/** The encoding that a client prefers among those we have (RFC 9110, 12.5.3); the best on a tie. */
export function preferredEncoding(accepted = ''): Encoding {
  const known = read.get(accepted)
  if (known) return known
  const negotiator = new Negotiator({
    headers: { 'accept-encoding': accepted },
  }) as unknown as PreferringNegotiator
  const negotiated = negotiator.encoding([...offered, 'identity'], { preferred: offered })
  const encoding = (negotiated as Encoding | undefined) ?? 'identity'
  if (accepted.length <= LONGEST_READ) read.set(accepted, encoding)
  return encoding
}
