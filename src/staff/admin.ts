import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { everybody, type Room } from '../foundation/desk.js'
import { Forbidden } from '../foundation/errors.js'
import { leadingTo } from './asked-page.js'
import { formToken, hasFormToken } from './form-token.js'
import type { StaffKeys } from './keys.js'
import { keepSaid, takeSaid } from './said.js'
import type { StaffService } from './service.js'
import type { SessionCookie } from './session-cookie.js'
import './signed-in.js'

export interface AdminServices {
  staff: StaffService
  cookie: SessionCookie
  keys: StaffKeys
  rooms: Room[]
}

const safe = new Set(['GET', 'HEAD'])

/** The signed-in scope: nothing in it answers anybody whose session is not alive, or whose role is not named. */
export async function admin(scope: FastifyInstance, services: AdminServices): Promise<void> {
  const { staff, cookie, rooms } = services
  guard(scope, services)
  furnish(scope, services)
  scope.post('/sign-out', { config: { may: everybody, withoutFactor: true } }, async (request, reply) => {
    await staff.leave(request.signedIn)
    cookie.clear(reply)
    return reply.redirect('/admin/sign-in', 303)
  })
  for (const room of rooms) await scope.register(async inner => room.open(inner))
}

function guard(scope: FastifyInstance, { staff, cookie, keys, rooms }: AdminServices): void {
  const menu = rooms.flatMap(room => room.menu)

  scope.addHook('onRoute', ({ method, url, config }) => {
    if (!config?.may) throw new Error(`${String(method)} ${url} does not say who may use it (config.may).`)
  })

  scope.addHook('onRequest', async (request, reply) => {
    const token = cookie.read(request)
    const signedIn = token && (await staff.signedIn(token))
    if (!signedIn) {
      if (safe.has(request.method)) return reply.redirect(leadingTo('/admin/sign-in', request.url), 303)
      throw new Forbidden('You are not signed in any more. Sign in, then send it again.')
    }
    request.signedIn = signedIn
    request.account = signedIn.account
    request.furniture = {
      csrf: formToken(keys, signedIn.session.id),
      copiesKeys: keys
        .everyMark('copies', signedIn.account.id)
        .map(({ mark }) => mark)
        .join(' '),
      menu: menu.filter(entry => entry.may.includes(signedIn.account.role)),
    }
    const { may, withoutFactor } = request.routeOptions.config
    if (!may?.includes(signedIn.account.role))
      throw new Forbidden('Your role does not include this. Ask an owner or an editor of the paper.')
    if (signedIn.owesFactor && !withoutFactor) return leadToFactor(request, reply)
  })

  // After the body was read, before anything looks at it.
  scope.addHook('preValidation', async request => {
    if (safe.has(request.method)) return
    if (await hasFormToken(request, keys, request.signedIn.session.id)) return
    throw new Forbidden('This form is from an earlier session. Open its page again and send it from there.')
  })

  scope.addHook('preHandler', async (request, reply) => {
    if (!request.routeOptions.config.confirmed || staff.isConfirmed(request.signedIn)) return
    const back = safe.has(request.method) ? request.url : pageBefore(request)
    return reply.redirect(leadingTo('/admin/account/confirm', back), 303)
  })
}

function leadToFactor(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (safe.has(request.method)) return reply.redirect('/admin/account/second-factor', 303)
  throw new Forbidden('This newsroom asks for a second factor. Set one up at your account first.')
}

// A form that came too late for its confirmation is sent again from its page.
function pageBefore({ headers }: FastifyRequest): string {
  const { referer = '' } = headers
  return URL.canParse(referer) ? new URL(referer).pathname : '/admin/account'
}

function furnish(scope: FastifyInstance, { cookie }: AdminServices): void {
  scope.decorateReply('said', function (said) {
    keepSaid(this, said, cookie.secure)
    return this
  })
  scope.decorateReply('desk', async function (view, model, { status = 200 } = {}) {
    const { account, furniture } = this.request
    const nonce = randomBytes(16).toString('base64')
    this.deskPolicy(nonce)
    const said = takeSaid(this.request, this, cookie.secure)
    return this.page(view, { ...furniture, account, nonce, said, ...model }, { cache: 'secret', status })
  })
}
