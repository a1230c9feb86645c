import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { editors } from '../../foundation/desk.js'
import type { SiteService } from '../../site/index.js'
import type { BouncePlace } from './repository.js'
import { BounceDecision, BounceKind } from './schema.js'
import type { BouncesService } from './service.js'

export interface BounceAdminServices {
  bounces: BouncesService
  site: SiteService
  /** where the SMTP server for bounces listens, if there is one */
  listening: string | undefined
  /** where relays post their events: a secret */
  eventsAddress: string
  /** what return paths look like */
  example: string
}

const Wanted = z.object({
  kind: BounceKind.or(z.literal('')).catch('').default(''),
  decision: BounceDecision.or(z.literal('')).catch('').default(''),
  before: z.string().max(100).catch('').default('').transform(placeOf),
})

/** The desk's page of what came back. */
export function bouncesAdmin(
  scope: FastifyInstance,
  { bounces, site, listening, eventsAddress, example }: BounceAdminServices,
): void {
  scope.get('/newsletter/bounces', { config: { may: editors } }, async (request, reply) => {
    const { before, ...query } = Wanted.parse(request.query)
    const filter = { kind: query.kind || undefined, decision: query.decision || undefined }
    const { bounces: shown, next } = await bounces.page(filter, before)
    const { dates } = await site.site()
    return reply.desk('newsletter/desk/bounces', {
      ...{ title: 'Bounces', path: '/admin/newsletter/bounces', wide: true, dates, query },
      ...{ bounces: shown, next: next && `${next.at}~${next.id}`, later: before !== undefined },
      ...(await bounces.counts()),
      ...{ listening, eventsAddress, example },
    })
  })
}

function placeOf(text: string): BouncePlace | undefined {
  const [at, id] = text.split('~')
  return at && id ? { at, id } : undefined
}
