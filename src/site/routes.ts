import type { FastifyInstance } from 'fastify'
import { NotFound } from '../foundation/errors.js'
import { kept } from '../foundation/page-cache.js'
import type { Pictures } from './pictures.js'
import type { SiteService } from './service.js'

export function siteRoutes(
  scope: FastifyInstance,
  site: SiteService,
  pictures: Pick<Pictures, 'byNames'>,
): void {
  scope.get<{ Params: { slug: string } }>('/pages/:slug', kept(), async (request, reply) => {
    const page = await site.standingPage(request.params.slug)
    if (!page) {
      const movedTo = await site.currentPageSlug(request.params.slug)
      if (movedTo) return reply.redirect(`/pages/${encodeURIComponent(movedTo)}`, 301)
      throw new NotFound()
    }
    const { markdown } = await site.site()
    const text = markdown.read(page.body)
    const model = {
      title: page.title,
      description: page.description,
      path: `/pages/${page.slug}`,
      page,
      html: markdown.html(text, await pictures.byNames(text.images)),
    }
    return reply.page('site/standing-page', model, { modified: await site.lastChange() })
  })
}
