import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { editors, owners } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { EditorKeyForm, LeavingForm, RecoveryKeyForm, StrayForm } from './keys.schema.js'
import type { KeysService } from './keys.service.js'

export interface KeysRoomServices {
  keys: KeysService
  site: SiteService
}

interface Params {
  Params: { id: string }
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
}

const config = { may: editors }
const confirmed = { may: editors, confirmed: true }
const ownersOnly = { may: owners, confirmed: true }

const at = '/admin/tips/keys'

/** Who holds keys, and the pages on which a browser makes one. */
export function keysAdmin(scope: FastifyInstance, { keys, site }: KeysRoomServices): void {
  listAndLeave(scope, keys, site)
  making(scope, keys, site)
}

function listAndLeave(scope: FastifyInstance, keys: KeysService, site: SiteService): void {
  scope.get('/tips/keys', { config }, async (request, reply) => {
    const { dates } = await site.site()
    return reply.desk('tips/desk/keys', {
      ...{ title: 'Keys', path: at, dates },
      ...(await keys.list()),
      isOwner: request.account.role === 'owner',
    })
  })

  scope.get('/tips/keys/mine', { config }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return keys.mine(request.account)
  })

  // The same that the scripts unlock, to be kept elsewhere as well; `age -d -i` takes it.
  scope.get<Params>('/tips/keys/:id/file', { config }, async (request, reply) => {
    const own = (await keys.mine(request.account)).keys.find(key => key.id === request.params.id)
    if (!own?.wrapped) throw new NotFound('The server keeps no such key for you.')
    return reply
      .headers({ 'cache-control': 'no-store', 'content-disposition': 'attachment; filename="tip-key.age"' })
      .type('application/octet-stream')
      .send(`${own.wrapped}\n`)
  })

  scope.post<Params>('/tips/keys/:id/activation', { config: confirmed }, async (request, reply) => {
    const { label } = await keys.activate(request.account, request.params.id)
    reply.said({
      text: `Tips are sealed to “${label}” again. Re-seal old ones, so that it opens those as well.`,
    })
    return reply.redirect(at, 303)
  })

  scope.post<Params>('/tips/keys/:id/deactivation', { config }, async (request, reply) => {
    const { id } = request.params
    const { label } = await keys.deactivate(request.account, id, isLast(request))
    const undo = { action: `${at}/${id}/activation`, label: 'Seal to it again' }
    reply.said({ text: `From now on no tip is sealed to “${label}”. It still opens those that were.`, undo })
    return reply.redirect(at, 303)
  })

  scope.post<Params>('/tips/keys/:id/removal', { config: confirmed }, async (request, reply) => {
    const { label } = await keys.remove(request.account, request.params.id, isLast(request))
    reply.said({ text: `The key “${label}” is gone: no tip is sealed to it any more.` })
    return reply.redirect(at, 303)
  })

  scope.post('/tips/keys/unregistered/removal', { config: ownersOnly }, async (request, reply) => {
    const form = readForm(StrayForm, request.body)
    if (form.problems) throw new Invalid('Say which key. Open the page again and choose it there.')
    await keys.retire(request.account, form.values.publicKey, form.values.last)
    reply.said({ text: 'From now on no tip is sealed to that key. It still opens those that were.' })
    return reply.redirect(at, 303)
  })
}

function making(scope: FastifyInstance, keys: KeysService, site: SiteService): void {
  const page = async (
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'new' | 'recovery',
    shown: Shown,
  ) => {
    const { account } = request
    const { settings, hasRecovery } = await keys.list()
    return reply.desk(
      `tips/desk/keys-${kind}`,
      {
        title: kind === 'new' ? 'Make your key' : 'Make a recovery key',
        path: `${at}/${kind}`,
        scripts: ['tip-keys.js'],
        names: [account.name, account.email, (await site.site()).identity.name],
        isRefused: kind === 'new' && settings.recoveryRequired && !hasRecovery,
        problems: {},
        typed: { label: kind === 'new' ? `${account.name}’s key` : 'Recovery key' },
        ...shown,
      },
      { status: shown.problems ? 422 : 200 },
    )
  }

  /** Registers what the page's script made, or shows the page again with what is wrong. */
  const register = async <Form extends { label: string; publicKey: string; wrapped?: string | null }>(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'new' | 'recovery',
    schema: z.ZodType<Form>,
  ) => {
    const form = readForm(schema, request.body)
    if (form.problems) return page(request, reply, kind, shownAgain(form))
    const made = { kind: kind === 'new' ? 'editor' : 'recovery', wrapped: null, ...form.values } as const
    try {
      const { label } = await keys.register(request.account, made)
      reply.said({
        text: `Tips are sealed to “${label}” from now on. Older ones open with it once they are re-sealed.`,
      })
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      return page(request, reply, kind, { problems: { label: error.message }, typed: { label: made.label } })
    }
    return reply.redirect(at, 303)
  }

  scope.get('/tips/keys/new', { config: confirmed }, async (request, reply) =>
    page(request, reply, 'new', {}),
  )
  scope.post('/tips/keys/new', { config: confirmed }, async (request, reply) =>
    register(request, reply, 'new', EditorKeyForm),
  )
  scope.get('/tips/keys/recovery', { config: ownersOnly }, async (request, reply) =>
    page(request, reply, 'recovery', {}),
  )
  scope.post('/tips/keys/recovery', { config: ownersOnly }, async (request, reply) =>
    register(request, reply, 'recovery', RecoveryKeyForm),
  )
}

function isLast(request: FastifyRequest): boolean {
  const form = readForm(LeavingForm, request.body)
  return !form.problems && form.values.last
}

// What is wrong with the key itself is said at the one field that there is to see.
function shownAgain({
  problems,
  typed,
}: {
  problems: Record<string, string>
  typed: Record<string, string>
}): Shown {
  const problem = problems.label ?? problems.publicKey ?? problems.wrapped ?? ''
  return { problems: { label: problem }, typed: { label: typed.label ?? '' } }
}
