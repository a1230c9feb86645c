import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { editors } from '../../foundation/desk.js'
import { NotFound, Problem } from '../../foundation/errors.js'
import type { KeysService } from './keys.service.js'
import type { Place, ResealingService } from './resealing.service.js'

export interface ResealingRoomServices {
  resealing: ResealingService
  keys: KeysService
}

const config = { may: editors }

const Address = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  part: z.string().regex(/^\d{1,7}-\d{1,4}$/),
})

const Query = z.object({
  after: z
    .string()
    .regex(/^[0-9a-f]{32}\.\d{1,7}\.\d{1,4}$/)
    .transform((text): Place => {
      const [tipId = '', batch, number] = text.split('.')
      return { tipId, batch: Number(batch), number: Number(number) }
    })
    .optional()
    .catch(undefined),
  whole: z.literal('yes').optional().catch(undefined),
})

const Sent = z.object({ 'if-match': z.string().max(80), 'x-tips-generation': z.coerce.number().int() })

/** Ciphertext of parts, out and in, and the page on which a colleague's browser seals old tips to new keys. */
export function resealingAdmin(scope: FastifyInstance, { resealing, keys }: ResealingRoomServices): void {
  scope.get('/tips/resealing', { config }, async (request, reply) =>
    reply.desk('tips/desk/resealing', {
      ...{ title: 'Re-seal old tips', path: '/admin/tips/resealing', scripts: ['tip-resealing.js'] },
      ...(await resealing.outlook()),
      own: (await keys.mine(request.account)).keys,
    }),
  )

  scope.post('/tips/resealing', { config }, async (request, reply) => {
    await resealing.begin(request.account)
    return reply.redirect('/admin/tips/resealing', 303)
  })

  scope.get('/tips/resealing/parts', { config }, async (request, reply) => {
    const { after, whole } = Query.parse(request.query)
    const { next, ...page } = await resealing.page(after, whole === 'yes')
    reply.header('cache-control', 'no-store')
    return { ...page, next: next && `${next.tipId}.${next.batch}.${next.number}` }
  })

  scope.get('/tips/:id/parts/:part', { config }, async (request, reply) => {
    const { content, size, tag } = await resealing.open(placeIn(request))
    return reply
      .headers({ 'cache-control': 'no-store', 'content-length': size, etag: tag })
      .header('content-disposition', `attachment; filename="${placeName(request)}.age"`)
      .type('application/octet-stream')
      .send(content)
  })

  scope.register(async uploads => {
    // As it comes: what a part weighs does not lie in memory. The length is limited where it is written.
    uploads.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    uploads.put('/tips/:id/parts/:part', { config }, async (request, reply) => {
      const place = placeIn(request)
      const { expected, generation } = conditionsOf(request)
      try {
        const tag = await resealing.replace(place, { expected, generation, content: ciphertextOf(request) })
        return reply.header('etag', tag).code(204).send()
      } finally {
        // What is left of a refused upload is read and dropped: unread, it would hold the connection up.
        request.raw.resume()
      }
    })
  })
}

function placeIn(request: FastifyRequest): Place {
  const address = Address.safeParse(request.params)
  if (!address.success) throw new NotFound('There is no such part. The tip may have been erased meanwhile.')
  const [batch, number] = address.data.part.split('-').map(Number)
  return { tipId: address.data.id, batch: batch ?? 0, number: number ?? 0 }
}

function placeName(request: FastifyRequest): string {
  const { tipId, batch, number } = placeIn(request)
  return `${tipId.slice(0, 8)}-${batch}-${number}`
}

function conditionsOf({ headers }: FastifyRequest): { expected: string; generation: number } {
  const sent = Sent.safeParse(headers)
  if (!sent.success)
    throw new Problem(428, 'Say which sealing this replaces, and for which keys it was made. Begin again.')
  return { expected: sent.data['if-match'], generation: sent.data['x-tips-generation'] }
}

function ciphertextOf({ body }: FastifyRequest): Readable {
  if (body && typeof (body as Readable).pipe === 'function') return body as Readable
  throw new Problem(415, 'A part comes as application/octet-stream.')
}
