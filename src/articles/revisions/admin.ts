import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { everybody } from '../../foundation/desk.js'
import { Invalid, NotFound } from '../../foundation/errors.js'
import { idOf } from '../desk/address.js'
import type { ManuscriptsService, OpenManuscript } from '../desk/manuscripts.js'
import type { Manuscript } from '../desk/schema.js'
import { compareFields } from './compare.js'
import type { RevisionsService } from './service.js'

export interface RevisionsRoomServices {
  manuscripts: ManuscriptsService
  revisions: RevisionsService
}

const RevisionNumber = z.coerce.number().int().min(1)
const Before = z.object({ before: RevisionNumber.optional() })
const Pair = z.object({ from: RevisionNumber, to: z.union([z.literal('now'), RevisionNumber]) })
const Chosen = z.object({ number: RevisionNumber })

/** An article's history: listed, compared, brought back. */
export function revisionsRoutes(
  scope: FastifyInstance,
  { manuscripts, revisions }: RevisionsRoomServices,
): void {
  const may = { config: { may: everybody } }

  scope.get('/articles/:id/revisions', may, async (request, reply) => {
    const open = await manuscripts.open(request.account, idOf(request))
    const { before } = Before.catch({}).parse(request.query)
    const model = { ...furniture(open, 'History'), ...(await revisions.page(open.article.id, before)) }
    return reply.desk('articles/desk/revisions', model)
  })

  scope.get('/articles/:id/revisions/compare', may, async (request, reply) => {
    const open = await manuscripts.open(request.account, idOf(request))
    const pair = Pair.safeParse(request.query)
    if (!pair.success) throw new Invalid('Choose two revisions from the list, then compare them.')
    const [older, newer] = ordered(pair.data)
    const before = await revisions.revision(open.article.id, older)
    const after = newer === 'now' ? undefined : await revisions.revision(open.article.id, newer)
    const fields = compareFields(
      await manuscripts.readable(before.manuscript),
      await manuscripts.readable(after?.manuscript ?? open.manuscript),
    )
    const model = { ...furniture(open, 'What changed'), before, after, fields }
    return reply.desk('articles/desk/compare', model)
  })

  scope.post('/articles/:id/revisions/:number/restore', may, async (request, reply) => {
    const chosen = Chosen.safeParse(request.params)
    if (!chosen.success) throw new NotFound()
    const { former } = await manuscripts.restore(request.account, idOf(request), chosen.data.number)
    const address = `/admin/articles/${idOf(request)}`
    const undo = { action: `${address}/revisions/${former}/restore`, label: 'Undo' }
    const text = `Revision ${chosen.data.number} is the working copy again.`
    return reply.said(former ? { text, undo } : { text }).redirect(address, 303)
  })
}

function furniture(
  { article, manuscript }: { article: OpenManuscript['article']; manuscript: Manuscript },
  title: string,
) {
  return {
    title: `${title}: ${manuscript.title || 'Untitled'}`,
    path: `/admin/articles/${article.id}`,
    ...{ article, manuscript },
  }
}

// The earlier one first, however they were ticked.
function ordered({ from, to }: z.infer<typeof Pair>): [number, number | 'now'] {
  return to === 'now' || from <= to ? [from, to] : [to, from]
}
