import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config.js'
import { everybody } from '../../foundation/desk.js'
import { Invalid } from '../../foundation/errors.js'
import { idOf } from '../desk/address.js'
import type { ManuscriptsService } from '../desk/manuscripts.js'
import type { PreviewLinksService } from './links.js'
import type { PreviewService } from './service.js'

export interface PreviewRoomServices {
  manuscripts: ManuscriptsService
  preview: PreviewService
  previewLinks: PreviewLinksService
  config: Config
}

const Lifetime = z.object({ days: z.enum(['1', '7', '30']).transform(Number) })
const Shown = z.object({ show: z.enum(['phone', 'desktop']).catch('phone') })
const ByHash = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) })

/** The working copy as readers would see it, at a phone's and a desktop's width, and who else may see it. */
export function previewRoutes(
  scope: FastifyInstance,
  { manuscripts, preview, previewLinks, config }: PreviewRoomServices,
): void {
  const may = { config: { may: everybody } }

  scope.get('/articles/:id/preview', may, async (request, reply) => previewPage(request, reply))

  scope.get('/articles/:id/preview/page', may, async (request, reply) => {
    const open = await manuscripts.open(request.account, idOf(request))
    reply.framedByDesk()
    return reply.page('articles/article', await preview.model(open), { cache: 'secret' })
  })

  scope.post('/articles/:id/preview-links', may, async (request, reply) => {
    const form = Lifetime.safeParse(request.body)
    if (!form.success) throw new Invalid('Choose how long the link opens: a day, a week or 30 days.')
    const { token, expires } = await previewLinks.share(request.account, idOf(request), form.data.days)
    return previewPage(request, reply, { address: `${config.siteUrl}/preview/${token}`, expires })
  })

  scope.post('/articles/:id/preview-links/:hash/removal', may, async (request, reply) => {
    const params = ByHash.safeParse(request.params)
    await previewLinks.revoke(request.account, idOf(request), params.data?.hash ?? '')
    return reply
      .said({ text: 'The link no longer opens.' })
      .redirect(`/admin/articles/${idOf(request)}/preview#links`, 303)
  })

  async function previewPage(
    request: FastifyRequest,
    reply: FastifyReply,
    shared?: { address: string; expires: string },
  ): Promise<FastifyReply> {
    const { article, manuscript } = await manuscripts.open(request.account, idOf(request))
    const model = {
      title: `Preview: ${manuscript.title || 'Untitled'}`,
      path: `/admin/articles/${article.id}`,
      ...{ wide: true, frames: true },
      ...{ article, manuscript, shared },
      ...Shown.parse(request.query),
      links: await previewLinks.list(article.id),
    }
    return reply.desk('articles/desk/preview', model)
  }
}
