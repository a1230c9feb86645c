import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { everybody } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import { pictures, refused, type TermsAdminServices, typedOf } from './admin.js'
import { OwnProfileForm } from './schema.js'

const may = { config: { may: everybody } }

/** What readers are told of somebody, written by that person. Its address stays with the editors. */
export function profileAdmin(scope: FastifyInstance, { terms, media }: TermsAdminServices): void {
  const page = async (
    request: FastifyRequest,
    reply: FastifyReply,
    shown: { problems?: Record<string, string>; typed?: Record<string, string>; status?: number } = {},
  ) => {
    const author = await terms.authorOfAccount(request.account.id)
    const model = {
      title: 'My profile',
      path: '/admin/authors/mine',
      author,
      problems: shown.problems ?? {},
      typed: shown.typed ?? typedOf(author ?? { name: request.account.name }),
      ...(await pictures(media, author ?? {})),
    }
    return reply.desk('articles/terms/profile', model, { status: shown.status ?? 200 })
  }

  scope.get('/authors/mine', may, async (request, reply) => page(request, reply))

  scope.post('/authors/mine', may, async (request, reply) => {
    const { account } = request
    const read = readForm(OwnProfileForm, request.body)
    if (read.problems) return page(request, reply, { ...read, status: 422 })
    const author = await terms.authorOfAccount(account.id)
    const profile = { ...read.values, accountId: account.id }
    try {
      if (author) await terms.saveAuthor(account, author.id, { ...profile, slug: author.slug })
      else await terms.addAuthor(account, { ...profile, slug: '' })
    } catch (error) {
      return page(request, reply, refused(error, request.body))
    }
    reply.said({ text: 'Saved. Readers see it at once.' })
    return reply.redirect('/admin/authors/mine', 303)
  })
}
