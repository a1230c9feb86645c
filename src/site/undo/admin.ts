import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { editors } from '../../foundation/desk.js'
import type { SiteService } from '../service.js'

const may = editors
const From = z.object({
  from: z
    .string()
    .regex(/^[a-z-]{1,20}$/)
    .catch('identity'),
})

/** Takes back what was just changed about the site. */
export function undoAdmin(scope: FastifyInstance, site: SiteService): void {
  scope.post<{ Params: { id: string } }>('/site/undo/:id', { config: { may } }, async (request, reply) => {
    await site.takeBack(request.account, request.params.id)
    const { from } = From.parse(request.query)
    return reply.said({ text: 'It is as it was before.' }).redirect(`/admin/site/${from}`, 303)
  })
}

/** Tells that a part was saved, with a way back. */
export function saved(
  reply: FastifyReply,
  { name, title }: { name: string; title: string },
  undo: string | undefined,
): FastifyReply {
  if (!undo) return reply.said({ text: 'Nothing was changed.' }).redirect(`/admin/site/${name}`, 303)
  return reply
    .said({
      text: `${title}: saved. Readers see it now.`,
      undo: { action: `/admin/site/undo/${undo}?from=${name}`, label: 'Undo' },
    })
    .redirect(`/admin/site/${name}`, 303)
}
