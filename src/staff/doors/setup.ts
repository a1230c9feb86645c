import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SiteService } from '../../site/index.js'
import { browserOf } from '../browser.js'
import { readPasswordForm } from '../password-form.js'
import { SetupForm, Token } from '../schema.js'
import type { StaffService } from '../service.js'
import type { SessionCookie } from '../session-cookie.js'

interface Query {
  Querystring: { token?: unknown }
}

export interface DoorServices {
  staff: StaffService
  site: SiteService
  cookie: SessionCookie
}

/** The door that the owner's link opens, once. */
export function setupDoor(scope: FastifyInstance, { staff, site, cookie }: DoorServices): void {
  scope.get<Query>('/setup', async (request, reply) => {
    const token = await openToken(request)
    return token ? setupPage(reply, { token }) : closedPage(reply)
  })

  scope.post<Query>('/setup', async (request, reply) => {
    const token = await openToken(request)
    if (!token) return closedPage(reply)
    const { identity } = await site.site()
    const names = ({ name, email }: SetupForm) => [name, email, identity.name]
    const form = await readPasswordForm(SetupForm, request.body, names)
    if (form.problems) return setupPage(reply, { token, ...form })
    const entered = await staff.setUp(token, form.values, browserOf(request, cookie))
    if (!entered) return closedPage(reply)
    cookie.enter(reply, entered)
    return reply.redirect('/admin', 303)
  })

  async function openToken(request: FastifyRequest<Query>): Promise<string | undefined> {
    const token = Token.safeParse(request.query.token).data
    return token !== undefined && (await staff.isSetupToken(token)) ? token : undefined
  }

  async function closedPage(reply: FastifyReply): Promise<FastifyReply> {
    const model = { title: 'This link does not open', hasOwner: await staff.hasOwner() }
    return reply.page('staff/setup-closed', model, { cache: 'secret', status: 404 })
  }
}

function setupPage(
  reply: FastifyReply,
  form: { token: string; problems?: Record<string, string>; typed?: Record<string, string> },
): Promise<FastifyReply> {
  const model = { title: 'Make this paper yours', problems: {}, typed: {}, ...form }
  return reply.page('staff/setup', model, { cache: 'secret', status: form.problems ? 422 : 200 })
}
