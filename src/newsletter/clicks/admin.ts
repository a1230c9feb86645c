import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Database } from '../../foundation/database.js'
import { editors } from '../../foundation/desk.js'
import { NotFound } from '../../foundation/errors.js'
import { issueContent } from '../letters/issue-content.repository.js'
import type { ClicksService } from './service.js'

const ById = z.object({ id: z.uuid() })

/** How often the links of an issue were opened. */
export function clicksAdmin(
  scope: FastifyInstance,
  { db, clicks }: { db: Database; clicks: ClicksService },
): void {
  scope.get('/newsletter/issues/:id/clicks', { config: { may: editors } }, async (request, reply) => {
    const params = ById.safeParse(request.params)
    const issue = params.success ? await issueContent(db, params.data.id) : undefined
    if (!issue) throw new NotFound()
    const model = {
      title: `Clicks: ${issue.subject || 'Untitled'}`,
      path: '/admin/newsletter',
      issue,
      links: await clicks.ofIssue(issue.id),
    }
    return reply.desk('newsletter/desk/clicks', model)
  })
}
