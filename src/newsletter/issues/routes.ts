import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { kept } from '../../foundation/page-cache.js'
import type { SiteService } from '../../site/index.js'
import type { IssueArchive } from './archive.js'

const Query = z.object({
  before: z.coerce.number().int().positive().max(1_000_000_000).optional().catch(undefined),
})
const BySlug = z.object({ slug: z.string() })

/** What was mailed, for everybody. */
export function issueRoutes(
  scope: FastifyInstance,
  { archive, site }: { archive: IssueArchive; site: SiteService },
): void {
  scope.get('/newsletter/issues', kept('before'), async (request, reply) => {
    const { before } = Query.parse(request.query)
    const { identity } = await site.site()
    const { issues, next } = await archive.page(before)
    const model = {
      ...{ title: 'Past issues', path: '/newsletter/issues', issues, next },
      description: `Every issue of the newsletter of ${identity.name}, the newest first.`,
      feeds: '/newsletter/issues',
    }
    return reply.page('newsletter/issues', model, { modified: await site.lastChange() })
  })

  scope.get('/newsletter/issues/:slug', kept(), async (request, reply) => {
    const { issue, stories } = await archive.issue(BySlug.parse(request.params).slug)
    const model = {
      ...{ title: issue.subject, description: issue.preheader || issue.subject, issue, stories },
      path: `/newsletter/issues/${encodeURIComponent(issue.slug ?? '')}`,
      feeds: '/newsletter/issues',
    }
    return reply.page('newsletter/issue', model, { modified: await site.lastChange() })
  })
}
