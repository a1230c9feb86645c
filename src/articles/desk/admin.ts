import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { everybody, type Room } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import {
  handedIn,
  type LifecycleRouteServices,
  lifecycleRoutes,
  type ShowProblems,
} from '../lifecycle/admin.js'
import { type ListRouteServices, listRoutes } from '../list/admin.js'
import { type PreviewRoomServices, previewRoutes } from '../preview/admin.js'
import { type RevisionsRoomServices, revisionsRoutes } from '../revisions/admin.js'
import { compareFields } from '../revisions/compare.js'
import { idOf } from './address.js'
import { type FormFields, fieldsOf, ManuscriptForm, typedFields, versionOf } from './manuscript-form.js'
import type { ManuscriptsService, OpenManuscript, Saved } from './manuscripts.js'
import type { PresenceService } from './presence.js'
import type { Manuscript } from './schema.js'

export interface ArticlesRoomServices
  extends ListRouteServices,
    LifecycleRouteServices,
    PreviewRoomServices,
    RevisionsRoomServices {
  manuscripts: ManuscriptsService
  presence: PresenceService
}

// A long read with tables is 200 KB; forms write each of its bytes as up to three.
const LONGEST_FORM = 8 * 1_048_576

/** The desk's pages for articles. */
export function articlesRoom(services: ArticlesRoomServices): Room {
  return {
    menu: [{ label: 'Articles', path: '/admin/articles', may: everybody }],
    open: scope => {
      listRoutes(scope, services)
      lifecycleRoutes(scope, services, editRoutes(scope, services))
      previewRoutes(scope, services)
      revisionsRoutes(scope, services)
    },
  }
}

/** @returns how the edit page shows what stops an article from being published */
function editRoutes(
  scope: FastifyInstance,
  { manuscripts, lifecycle, presence }: ArticlesRoomServices,
): ShowProblems {
  const may = { config: { may: everybody } }
  const large = { ...may, bodyLimit: LONGEST_FORM }

  scope.post('/articles', may, async (request, reply) => {
    const id = await manuscripts.create(request.account)
    return reply.redirect(`/admin/articles/${id}`, 303)
  })

  scope.get('/articles/:id', may, async (request, reply) => {
    const open = await manuscripts.open(request.account, idOf(request))
    return editPage(request, reply, open)
  })

  scope.post('/articles/:id', large, async (request, reply) => saveForm(request, reply))

  // Without scripts the form itself asks for its preview, which must show what was typed.
  scope.post('/articles/:id/preview', large, async (request, reply) => saveForm(request, reply, '/preview'))

  // What is published, planned or handed in is what stands on the screen, so it is saved first.
  scope.post('/articles/:id/publishing', large, async (request, reply) =>
    saveForm(request, reply, '/publishing'),
  )
  scope.post('/articles/:id/submission', large, async (request, reply) =>
    saveForm(request, reply, '/submission'),
  )

  scope.post('/articles/:id/presence', may, async (request, reply) => {
    const { article } = await manuscripts.open(request.account, idOf(request))
    return reply.send({ others: await presence.meet(request.account, article.id) })
  })

  const showProblems: ShowProblems = (request, reply, open, problems) =>
    editPage(request, reply, open, {
      problems,
      fields: fieldsOf(open.manuscript, open.article.embargo),
      version: open.version,
    })
  return showProblems

  async function handIn(request: FastifyRequest, reply: FastifyReply, id: string): Promise<FastifyReply> {
    const outcome = await lifecycle.submit(request.account, id)
    if (outcome.kind !== 'unready') return handedIn(reply, id)
    return showProblems(request, reply, await manuscripts.open(request.account, id), outcome.problems)
  }

  async function saveForm(
    request: FastifyRequest,
    reply: FastifyReply,
    next?: '/preview' | '/publishing' | '/submission',
  ): Promise<FastifyReply> {
    const id = idOf(request)
    const form = readForm(ManuscriptForm, request.body)
    if (form.problems) return refuse(request, reply, id, form.problems)
    const autosave = form.values.autosave || next === '/preview'
    const keepRefused = !form.values.autosave
    const saved = await manuscripts.save(request.account, id, { ...form.values, autosave }, keepRefused)
    if (saved.kind === 'invalid') return refuse(request, reply, id, saved.problems)
    if (saved.kind === 'stale') return conflict(request, reply, id, saved, form.values.manuscript)
    if (next === '/submission') return handIn(request, reply, id)
    if (next) return reply.redirect(`/admin/articles/${id}${next}`, 303)
    if (!wantsJson(request))
      return reply
        .said({ text: saved.changed ? 'Saved.' : 'Nothing had changed.' })
        .redirect(`/admin/articles/${id}`, 303)
    const others = await presence.meet(request.account, id)
    return reply.send({ version: saved.version, slug: saved.slug, saved: saved.at, others })
  }

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
    { version, by, at, theirs, manuscript }: Saved & { kind: 'stale' },
    ours: Manuscript,
  ): Promise<FastifyReply> {
    if (wantsJson(request)) return reply.code(409).send({ version, by, at, theirs })
    const mine = typedFields(request.body)
    const fields = compareFields(await manuscripts.readable(manuscript), await manuscripts.readable(ours))
    const path = `/admin/articles/${id}`
    const model = {
      title: 'Two versions',
      path,
      wide: true,
      ...{ id, version, by, at, mine, theirs, fields },
    }
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
      ...{ wide: true, frames: true },
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

function wantsJson({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('application/json') ?? false
}
