import type { FastifyInstance } from 'fastify'
import { Forbidden } from '../foundation/errors.js'
import type { Account, Notice } from './schema.js'
import type { StaffService } from './service.js'
import type { SessionCookie } from './session-cookie.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** who is signed in; set on every request inside the signed-in scope */
    account: Account
  }
}

export interface AdminServices {
  staff: StaffService
  cookie: SessionCookie
  notices: () => Promise<Notice[]>
}

/** The signed-in scope: nothing in it answers anybody whose session is not alive. */
export function admin(scope: FastifyInstance, { staff, cookie, notices }: AdminServices): void {
  scope.addHook('onRequest', async (request, reply) => {
    const token = cookie.read(request)
    const account = token && (await staff.accountOf(token))
    if (account) request.account = account
    else if (request.method === 'GET' || request.method === 'HEAD')
      return reply.redirect('/admin/sign-in', 303)
    else throw new Forbidden('You are not signed in any more. Sign in, then send it again.')
  })

  scope.get('/', async (request, reply) => {
    const model = { title: 'Desk', path: '/admin', account: request.account, notices: await notices() }
    return reply.page('staff/desk', model, { cache: 'secret' })
  })
}
