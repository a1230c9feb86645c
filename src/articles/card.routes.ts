import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { MediaService } from '../media/index.js'
import type { SiteService } from '../site/index.js'
import { cardAddress, cardText } from './card.js'
import type { ReadingService } from './service.js'

const Params = z.object({ slug: z.string(), file: z.string() })

/**
 * Serves drawn cards. An address holds a hash of what the card says, so it may be kept for good; one from before the
 * title changed leads to the present card.
 */
export function cardRoutes(
  scope: FastifyInstance,
  { reading, site, media }: { reading: ReadingService; site: SiteService; media: MediaService },
): void {
  scope.get('/articles/:slug/card/:file', async (request, reply) => {
    const { slug, file } = Params.parse(request.params)
    const article = await reading.article(slug)
    const { identity } = await site.site()
    const present = 'movedTo' in article ? undefined : cardAddress(article, identity)
    if ('movedTo' in article)
      return reply.redirect(
        `/articles/${encodeURIComponent(article.movedTo)}/card/${encodeURIComponent(file)}`,
        301,
      )
    if (article.picture || !present?.endsWith(`/${file}`))
      return reply.header('cache-control', 'no-cache').redirect(String(present), 302)
    const body = await media.cards.of(article.id, cardText(article, identity))
    // Other sites show it inside their pages.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    return reply.bytes({ body, type: 'image/png', cache: 'immutable' })
  })
}
