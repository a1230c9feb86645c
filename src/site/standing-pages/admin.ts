import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { editors } from '../../foundation/desk.js'
import { Conflict, Invalid } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import { slugify } from '../../foundation/slugify.js'
import type { Pictures } from '../pictures.js'
import { PageSlug } from '../schema.js'
import { type SiteService, versionOf } from '../service.js'
import type { StandingPagesService } from './service.js'

const may = editors
const address = '/admin/site/pages'

const PageForm = z
  .object({
    title: z
      .string()
      .trim()
      .min(1, 'Give the page a title.')
      .max(200, 'Shorten the title to 200 characters.'),
    slug: z.string().trim().toLowerCase().max(100, 'Shorten the address to 100 characters.').default(''),
    description: z
      .string()
      .transform(text => text.replace(/\s+/g, ' ').trim())
      .pipe(z.string().max(300, 'Shorten the description to 300 characters.'))
      .default(''),
    body: z.string().max(200_000, 'This is too long for one page.').default(''),
    version: z.string().max(64).default(''),
    preview: z.string().optional(),
  })
  .transform(form => ({ ...form, slug: form.slug || slugify(form.title).slice(0, 100) }))
  .refine(({ slug }) => PageSlug.safeParse(slug).success, {
    path: ['slug'],
    message: 'Write lower-case words joined by hyphens, such as editorial-policy.',
  })

interface Shown {
  id?: string
  typed: Record<string, string>
  problems?: Record<string, string>
  version?: string
  stored?: Record<string, string> | undefined
  preview?: boolean
}

interface StandingPagesRoom {
  standingPages: StandingPagesService
  site: SiteService
  pictures: Pictures
}

/** Standing pages: listed, added, edited, deleted and brought back. */
export function standingPagesAdmin(
  scope: FastifyInstance,
  { standingPages, site, pictures }: StandingPagesRoom,
): void {
  const show = async (reply: FastifyReply, shown: Shown, status = 200) => {
    const { markdown } = await site.site()
    const text = markdown.read(shown.typed.body ?? '')
    const model = {
      title: shown.id ? `Edit: ${shown.typed.title}` : 'New page',
      path: `${address}/edit`,
      wide: true,
      problems: {},
      version: '',
      stored: undefined,
      ...shown,
      html: markdown.html(text, await pictures.byNames(text.images)),
    }
    return reply.desk('site/admin/page', model, { status })
  }

  scope.get('/site/pages', { config: { may } }, async (_request, reply) =>
    reply.desk('site/admin/pages', {
      title: 'Standing pages',
      path: address,
      pages: await standingPages.list(),
      dates: (await site.site()).dates,
    }),
  )

  scope.get('/site/pages/new', { config: { may } }, async (_request, reply) => show(reply, { typed: {} }))

  scope.post('/site/pages/new', { config: { may } }, async (request, reply) => {
    const form = readForm(PageForm, request.body)
    if (form.problems) return show(reply, form, 422)
    const { preview, version: _, ...fields } = form.values
    if (preview) return show(reply, { typed: fields, preview: true })
    try {
      const page = await standingPages.add(request.account, fields)
      return reply
        .said({ text: `The page stands at /pages/${page.slug} now.` })
        .redirect(`${address}/${page.id}`, 303)
    } catch (error) {
      return show(reply, { typed: fields, ...taken(error) }, 422)
    }
  })

  scope.get<{ Params: { id: string } }>('/site/pages/:id', { config: { may } }, async (request, reply) => {
    const page = await standingPages.page(request.params.id)
    return show(reply, { id: page.id, typed: page, version: versionOf(page) })
  })

  scope.post<{ Params: { id: string } }>('/site/pages/:id', { config: { may } }, async (request, reply) => {
    const { id } = await standingPages.page(request.params.id)
    const form = readForm(PageForm, request.body)
    if (form.problems) return show(reply, { ...form, id, version: form.typed.version ?? '' }, 422)
    const { preview, version, ...fields } = form.values
    if (preview) return show(reply, { id, typed: fields, version, preview: true })
    try {
      await standingPages.change(request.account, id, version, fields)
      return reply
        .said({ text: `Saved. Readers see it now at /pages/${fields.slug}.` })
        .redirect(`${address}/${id}`, 303)
    } catch (error) {
      if (!(error instanceof Conflict))
        return show(reply, { id, typed: fields, version, ...taken(error) }, 422)
      const stored = await standingPages.page(id)
      return show(reply, { id, typed: fields, version: versionOf(stored), stored }, 409)
    }
  })

  scope.post<{ Params: { id: string } }>(
    '/site/pages/:id/removal',
    { config: { may } },
    async (request, reply) => {
      const { id, title } = await standingPages.remove(request.account, request.params.id)
      const undo = { action: `${address}/${id}/return`, label: 'Undo' }
      return reply.said({ text: `“${title.slice(0, 200)}” was deleted.`, undo }).redirect(address, 303)
    },
  )

  scope.post<{ Params: { id: string } }>(
    '/site/pages/:id/return',
    { config: { may } },
    async (request, reply) => {
      await standingPages.restore(request.account, request.params.id)
      return reply.said({ text: 'The page is back.' }).redirect(address, 303)
    },
  )
}

function taken(error: unknown): { problems: Record<string, string> } {
  if (error instanceof Invalid) return { problems: { slug: error.message } }
  throw error
}
