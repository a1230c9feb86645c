import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { everybody, type Room } from '../../foundation/desk.js'
import { NotFound } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import { type FormFields, fieldsOf, ManuscriptForm, typedFields, versionOf } from './manuscript-form.js'
import type { ManuscriptsService, OpenManuscript, Saved } from './manuscripts.js'
import type { PresenceService } from './presence.js'

export interface ArticlesRoomServices {
  manuscripts: ManuscriptsService
  presence: PresenceService
}

// A long read with tables is 200 KB; forms write each of its bytes as up to three.
const LONGEST_FORM = 8 * 1_048_576

const ById = z.object({ id: z.string().max(64) })

/** The desk's pages for articles. */
export function articlesRoom(services: ArticlesRoomServices): Room {
  return {
    menu: [{ label: 'Articles', path: '/admin/articles', may: everybody }],
    open: scope => {
      editRoutes(scope, services)
    },
  }
}

function editRoutes(scope: FastifyInstance, { manuscripts, presence }: ArticlesRoomServices): void {
  const may = { config: { may: everybody } }
  const large = { ...may, bodyLimit: LONGEST_FORM }

  scope.get('/articles', may, async (_request, reply) =>
    reply.desk('articles/desk/start', { title: 'Articles', path: '/admin/articles' }),
  )

  scope.post('/articles', may, async (request, reply) => {
    const id = await manuscripts.create(request.account)
    return reply.redirect(`/admin/articles/${id}`, 303)
  })

  scope.get('/articles/:id', may, async (request, reply) => {
    const open = await manuscripts.open(request.account, idOf(request))
    return editPage(request, reply, open)
  })

  scope.post('/articles/:id', large, async (request, reply) => {
    const id = idOf(request)
    const form = readForm(ManuscriptForm, request.body)
    if (form.problems) return refuse(request, reply, id, form.problems)
    const saved = await manuscripts.save(request.account, id, form.values)
    if (saved.kind === 'invalid') return refuse(request, reply, id, saved.problems)
    if (saved.kind === 'stale') return conflict(request, reply, id, saved)
    if (!wantsJson(request))
      return reply
        .said({ text: saved.changed ? 'Saved.' : 'Nothing had changed.' })
        .redirect(`/admin/articles/${id}`, 303)
    const others = await presence.meet(request.account, id)
    return reply.send({ version: saved.version, slug: saved.slug, saved: saved.at, others })
  })

  scope.post('/articles/:id/presence', may, async (request, reply) => {
    const { article } = await manuscripts.open(request.account, idOf(request))
    return reply.send({ others: await presence.meet(request.account, article.id) })
  })

  async function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    problems: Record<string, string>,
  ): Promise<FastifyReply> {
    const open = await manuscripts.open(request.account, id)
    if (wantsJson(request)) return reply.code(422).send({ problems })
    const version = versionOf(request.body)
    return editPage(request, reply, open, { problems, fields: typedFields(request.body), version })
  }

  async function conflict(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    { version, by, at, theirs }: Saved & { kind: 'stale' },
  ): Promise<FastifyReply> {
    if (wantsJson(request)) return reply.code(409).send({ version, by, at, theirs })
    const mine = typedFields(request.body)
    const model = { title: 'Two versions', path: '/admin/articles', id, version, by, at, theirs, mine }
    return reply.desk('articles/desk/conflict', model, { status: 409 })
  }

  async function editPage(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenManuscript,
    refused?: { problems: Record<string, string>; fields: FormFields; version: number },
  ): Promise<FastifyReply> {
    const { article, version, manuscript } = open
    const model = {
      title: manuscript.title || 'New article',
      path: '/admin/articles',
      wide: true,
      scripts: ['editor.js'],
      ...{ article, version: refused?.version ?? version, changed: open.changed, by: open.by },
      choices: await manuscripts.choices(open),
      fields: refused?.fields ?? fieldsOf(manuscript, article.embargo),
      problems: refused?.problems ?? {},
      others: await presence.meet(request.account, article.id),
    }
    return reply.desk('articles/desk/edit', model, { status: refused ? 422 : 200 })
  }
}

/** The article that an address names. */
export function idOf(request: FastifyRequest): string {
  const params = ById.safeParse(request.params)
  if (!params.success) throw new NotFound()
  return params.data.id
}

function wantsJson({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('application/json') ?? false
}
