import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { everybody, type Room } from '../foundation/desk.js'
import { Forbidden } from '../foundation/errors.js'
import { formToken, hasFormToken } from './form-token.js'
import { keepSaid, takeSaid } from './said.js'
import type { Notice } from './schema.js'
import type { StaffService } from './service.js'
import type { SessionCookie } from './session-cookie.js'

export interface AdminServices {
  staff: StaffService
  cookie: SessionCookie
  notices: () => Promise<Notice[]>
  rooms: Room[]
}

const safe = new Set(['GET', 'HEAD'])

/** The signed-in scope: nothing in it answers anybody whose session is not alive, or whose role is not named. */
export async function admin(scope: FastifyInstance, services: AdminServices): Promise<void> {
  const { staff, cookie, notices, rooms } = services
  guard(scope, services)
  scope.get('/', { config: { may: everybody } }, async (_request, reply) =>
    reply.desk('staff/desk', { title: 'Desk', path: '/admin', notices: await notices() }),
  )
  scope.post('/sign-out', { config: { may: everybody } }, async (request, reply) => {
    await staff.signOut(cookie.read(request) ?? '')
    cookie.clear(reply)
    return reply.redirect('/admin/sign-in', 303)
  })
  for (const room of rooms) await scope.register(async inner => room.open(inner))
}

function guard(scope: FastifyInstance, { staff, cookie, rooms }: AdminServices): void {
  const menu = rooms.flatMap(room => room.menu)

  scope.addHook('onRoute', ({ method, url, config }) => {
    if (!config?.may) throw new Error(`${String(method)} ${url} does not say who may use it (config.may).`)
  })

  scope.addHook('onRequest', async (request, reply) => {
    const token = cookie.read(request)
    const account = token && (await staff.accountOf(token))
    if (!account) {
      if (safe.has(request.method)) return reply.redirect('/admin/sign-in', 303)
      throw new Forbidden('You are not signed in any more. Sign in, then send it again.')
    }
    request.account = account
    if (!request.routeOptions.config.may?.includes(account.role))
      throw new Forbidden('Your role does not include this. Ask an owner or an editor of the paper.')
  })

  // After the body was read, before anything looks at it.
  scope.addHook('preValidation', async request => {
    const session = cookie.read(request)
    if (safe.has(request.method) || (session && hasFormToken(request, session))) return
    throw new Forbidden('This form is from an earlier session. Open its page again and send it from there.')
  })

  scope.decorateReply('said', function (said) {
    keepSaid(this, said, cookie.secure)
    return this
  })
  scope.decorateReply('desk', async function (view, model, { status = 200 } = {}) {
    const { account } = this.request
    const nonce = randomBytes(16).toString('base64')
    this.deskPolicy(nonce)
    const furniture = {
      account,
      nonce,
      csrf: formToken(cookie.read(this.request) ?? ''),
      menu: menu.filter(entry => entry.may.includes(account.role)),
      said: takeSaid(this.request, this),
    }
    return this.page(view, { ...furniture, ...model }, { cache: 'secret', status })
  })
}
