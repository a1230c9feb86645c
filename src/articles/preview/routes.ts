import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.js'
import type { PreviewLinksService } from './links.js'
import type { PreviewService } from './service.js'

const Secret = z.object({ token: z.string().regex(/^[\w-]{20,64}$/) })

export interface SecretPreviewServices {
  preview: PreviewService
  previewLinks: PreviewLinksService
}

/** The page behind a secret link: a draft for somebody outside, which no machine may list or keep. */
export function secretPreview(
  scope: FastifyInstance,
  { preview, previewLinks }: SecretPreviewServices,
): void {
  scope.get('/preview/:token', async (request, reply) => {
    // The answer to a wrong token must not be kept either, nor tell other sites what the address was.
    reply.headers({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'referrer-policy': 'no-referrer',
    })
    const params = Secret.safeParse(request.params)
    if (!params.success) throw new NotFound()
    const open = await previewLinks.open(params.data.token)
    const draft =
      open.article.status === 'published' ? 'A new version, not published' : 'A draft, not published'
    return reply.page('articles/article', { ...(await preview.model(open)), draft }, { cache: 'secret' })
  })
}
