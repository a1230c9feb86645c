import type { FastifyInstance } from 'fastify'
import { kept } from '../foundation/page-cache.js'
import type { SiteService } from '../site/index.js'
import { offer } from './offer.js'
import type { ContributionsService } from './service.js'

export function contributionsRoutes(
  scope: FastifyInstance,
  { contributions, site }: { contributions: ContributionsService; site: SiteService },
): void {
  scope.get('/contribute', kept(), async (_request, reply) => {
    const { identity } = await site.site()
    const ways = await contributions.ways()
    const model = {
      title: 'Contribute',
      description: `How to give to ${identity.name}, once or monthly.`,
      path: '/contribute',
      offers: ways.map(way => offer(way, identity.language)),
    }
    return reply.page('contributions/contribute', model, { modified: await site.lastChange() })
  })
}
