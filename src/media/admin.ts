import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { everybody, type Room } from '../foundation/desk.js'
import { Conflict, NotFound } from '../foundation/errors.js'
import { readForm } from '../foundation/form.js'
import { intake, MOST_BYTES, type Refusal } from './intake.js'
import type { LibraryService } from './library.js'
import { Details, LibraryQuery, type MediaPicture, PictureType } from './schema.js'

const menu = [{ label: 'Pictures', path: '/admin/media', may: everybody }]
const guarded = { config: { may: everybody } }
const Known = z.object({ id: z.uuid() })

/** The picture library at the desk. Everybody brings and uses pictures; who may change one is part of each query. */
export function mediaRoom(library: LibraryService): Room {
  return {
    menu,
    open: async scope => {
      await scope.register(multipart)
      shelf(scope, library)
      uploads(scope, library)
      pictures(scope, library)
      restorations(scope, library)
    },
  }
}

function shelf(scope: FastifyInstance, library: LibraryService): void {
  scope.get('/media', guarded, async (request, reply) => showLibrary(request, reply, library))

  scope.get('/media/pick', guarded, async (request, reply) => {
    const { pictures, older } = await library.page(LibraryQuery.parse(request.query), request.account, 24)
    return secretJson(reply, { pictures: pictures.map(({ picture }) => offered(picture)), older })
  })
}

function uploads(scope: FastifyInstance, library: LibraryService): void {
  scope.post('/media', guarded, async (request, reply) => {
    const taken: MediaPicture[] = []
    const refusals = await intake(request, library, async (incoming, filename) => {
      taken.push(await library.upload(incoming, filename, request.account))
    })
    if (wantsJson(request)) {
      const problems = refusals.map(({ file, problem }) => ({ file, problem }))
      return secretJson(reply, { pictures: taken.map(offered), problems })
    }
    if (taken.length + refusals.length === 0)
      refusals.push({ file: '', problem: 'No file was chosen. Choose at least one, then upload.' })
    const said = tally(taken.length)
    if (refusals.length)
      return showLibrary(request, reply, library, { refusals, ...(taken.length && { said }) })
    return reply.said({ text: said }).redirect('/admin/media', 303)
  })

  scope.post('/media/:id/replacement', guarded, async (request, reply) => {
    const { id } = known(request)
    let count = 0
    const refusals = await intake(request, library, async incoming => {
      if (count++ > 0) return library.drop(incoming)
      await library.replace(id, incoming, request.account)
    })
    const problem =
      refusals[0]?.problem ?? (count === 0 ? 'No file was chosen. Choose one, then replace.' : undefined)
    if (problem) return showPicture(request, reply, library, { problems: { file: problem }, status: 422 })
    return reply
      .said({ text: 'The picture was replaced. Every page that shows it shows the new one.' })
      .redirect(`/admin/media/${id}`, 303)
  })
}

function pictures(scope: FastifyInstance, library: LibraryService): void {
  scope.get('/media/:id', guarded, async (request, reply) => showPicture(request, reply, library))

  scope.post('/media/:id', guarded, async (request, reply) => {
    const { id } = known(request)
    const form = readForm(Details, request.body)
    if (form.problems) return showPicture(request, reply, library, { ...form, status: 422 })
    await library.describe(id, form.values, request.account)
    const { alt, decorative } = form.values
    const text = alt || decorative ? 'Saved.' : 'Saved. The picture still has no alternative text.'
    return reply.said({ text }).redirect(`/admin/media/${id}`, 303)
  })

  scope.get('/media/:id/original', guarded, async (request, reply) => {
    const { type, filename, stream } = await library.original(known(request).id, request.account)
    // The file is as it came, whatever it holds: it is saved, never shown.
    return reply
      .type(type)
      .header('cache-control', 'no-store')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`)
      .send(stream)
  })

  scope.post('/media/:id/deletion', guarded, async (request, reply) => {
    try {
      const { id, name, original } = await library.remove(known(request).id, request.account)
      const undo = original && { undo: { action: `/admin/media/${id}/restoration`, label: 'Undo' } }
      return reply.said({ text: `${name} was deleted.`, ...undo }).redirect('/admin/media', 303)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      return showPicture(request, reply, library, { problems: { uses: error.message }, status: 409 })
    }
  })
}

function restorations(scope: FastifyInstance, library: LibraryService): void {
  scope.post('/media/:id/restoration', guarded, async (request, reply) => {
    const { id, name } = await library.restore(known(request).id, request.account)
    return reply.said({ text: `${name} is back.` }).redirect(`/admin/media/${id}`, 303)
  })
}

async function showLibrary(
  request: FastifyRequest,
  reply: FastifyReply,
  library: LibraryService,
  { refusals = [], said }: { refusals?: Refusal[]; said?: string } = {},
): Promise<FastifyReply> {
  const query = LibraryQuery.parse(request.query)
  const model = {
    title: 'Pictures',
    path: '/admin/media',
    scripts: ['media.js'],
    wide: true,
    query,
    types: PictureType.options,
    refusals,
    mostMegabytes: MOST_BYTES / 1_048_576,
    ...(said && { said: { text: said } }),
    ...(await library.page(query, request.account)),
  }
  return reply.desk('media/library', model, { status: refusals.length ? 422 : 200 })
}

async function showPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  library: LibraryService,
  {
    problems = {},
    typed = {},
    status = 200,
  }: { problems?: Record<string, string>; typed?: Record<string, string>; status?: number } = {},
): Promise<FastifyReply> {
  const shown = await library.item(known(request).id, request.account)
  const model = {
    title: shown.item.name,
    path: '/admin/media',
    scripts: ['media.js'],
    problems,
    typed,
    ...shown,
  }
  return reply.desk('media/picture', model, { status })
}

/** A picture as the editor's dialogs take it. */
function offered({ card: _, sources: __, focus: ___, ...picture }: MediaPicture): object {
  return picture
}

function known(request: FastifyRequest): { id: string } {
  const params = Known.safeParse(request.params)
  if (!params.success) throw new NotFound()
  return params.data
}

function wantsJson(request: FastifyRequest): boolean {
  return /\bapplication\/json\b/.test(request.headers.accept ?? '')
}

function secretJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('cache-control', 'no-store').send(body)
}

function tally(count: number): string {
  return count === 1 ? 'One picture was added.' : `${count} pictures were added.`
}
