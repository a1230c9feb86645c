import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fresh from 'fresh'
import { NotFound } from '../foundation/errors.js'
import { rangeOf, unsatisfiable } from '../foundation/ranges.js'
import { extensions } from './formats.js'

const types = new Map(Object.entries(extensions).map(([type, extension]) => [extension, type]))

// Whole names of files that the library made: nothing in them leads out of the folder or to something hidden in it.
const ours = /^[\w-]+\.([a-z]+)$/

/** Serves the library's public files. Their names hold a hash of their content, so they may be kept for good. */
export function mediaRoutes(scope: FastifyInstance, folder: string): void {
  scope.get<{ Params: { file: string } }>('/media/:file', async (request, reply) => {
    const { file } = request.params
    const type = types.get(ours.exec(file)?.[1] ?? '')
    const opened = type && (await open(path.join(folder, file)).catch(gone))
    if (!opened) throw new NotFound()
    // Readers of our feeds see our pictures inside other sites' pages.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    return send(request, reply.type(type), { opened, etag: `"${file}"` })
  })
}

const gone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error
}

async function send(
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  { opened, etag }: { opened: FileHandle; etag: string },
): Promise<FastifyReply> {
  const { size: length } = await opened.stat()
  reply.header('cache-control', 'public, max-age=31536000, immutable')
  reply.header('etag', etag).header('accept-ranges', 'bytes')
  const isKnown = fresh(headers, { etag })
  const range = method === 'GET' && !isKnown ? rangeOf(headers, { etag, length }) : undefined
  if (isKnown || method === 'HEAD' || range === 'nothing' || length === 0) {
    await opened.close()
    if (isKnown) return reply.code(304).send()
    if (range === 'nothing') return unsatisfiable(reply, length)
    return reply.header('content-length', String(length)).send(Readable.from([]))
  }
  const { first, last } = range ?? { first: 0, last: length - 1 }
  if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${length}`)
  reply.header('content-length', String(last - first + 1))
  return reply.send(opened.createReadStream({ start: first, end: last }))
}
