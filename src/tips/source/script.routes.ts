import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Assets } from '../../foundation/assets.js'
import { Representation } from '../../foundation/representation.js'

/** The source's own script, as pages of the tip line name it. */
export interface SourceScript {
  text: string
  /** SHA-256: `sha256-…`, by which browsers run it and nothing else */
  integrity: string
  /** the same in hex, for whoever compares it with what they built or fetched */
  hex: string
}

/** The script that seals in the source's browser. It is served as it was built, unminified, so that it can be read. */
export function sourceScript(assets: Assets): SourceScript {
  const { text, hash } = assets.inline('tip-line.js')
  return { text, integrity: hash, hex: createHash('sha256').update(text).digest('hex') }
}

/**
 * Serves the script. As the pages, it is stored nowhere: a copy on a disk would tell who has been here. So it comes with every
 * visit, and packed where the browser takes that, as small as brotli can make it once that is done: it is long, the same for
 * all, and holds no secret that its length could tell.
 */
export function scriptRoutes(scope: FastifyInstance, { text }: SourceScript): void {
  const type = 'text/javascript; charset=utf-8'
  const script = new Representation(Buffer.from(text), { type, headers: {} })
  scope.get('/tips/script.js', async ({ headers }, reply) => {
    const { encoding, answer } = await script.coded(script.encodingFor(headers['accept-encoding']))
    if (encoding === 'br') void script.densify()
    reply.type(type).header('vary', 'Accept-Encoding')
    if (encoding !== 'identity') reply.header('content-encoding', encoding)
    return reply.send(answer.body)
  })
}
