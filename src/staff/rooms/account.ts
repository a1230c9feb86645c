import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { everybody, type Room } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { readPasswordForm } from '../password-form.js'
import { EmailForm, NameForm, PasswordForm } from '../schema.js'
import type { StaffService } from '../service.js'
import type { SessionCookie } from '../session-cookie.js'
import { confirmation } from './confirmation.js'
import { secondFactor } from './second-factor.js'

export interface AccountServices {
  staff: StaffService
  site: SiteService
  cookie: SessionCookie
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
}

const config = { may: everybody }
const confirmed = { may: everybody, confirmed: true }

/** Everybody's own account. It stands behind the name at the top of each page, not in the menu. */
export function accountRoom(services: AccountServices): Room {
  return {
    menu: [],
    open(scope) {
      overview(scope, services)
      nameAndAddress(scope, services)
      password(scope, services)
      secondFactor(scope, services)
      confirmation(scope, services)
    },
  }
}

function overview(scope: FastifyInstance, { staff, site }: AccountServices): void {
  scope.get('/account', { config }, async (request, reply) => accountPage(request, reply, {}))

  scope.post('/account/name', { config }, async (request, reply) => {
    const form = readForm(NameForm, request.body)
    if (form.problems) return accountPage(request, reply, form)
    await staff.rename(request.signedIn, form.values.name)
    reply.said({ text: 'Your name was changed.' })
    return reply.redirect('/admin/account', 303)
  })

  const one = '/account/sessions/:id/end'
  scope.post<{ Params: { id: string } }>(one, { config: confirmed }, async (request, reply) => {
    await staff.endSession(request.signedIn, request.params.id)
    reply.said({ text: 'That browser is signed out.' })
    return reply.redirect('/admin/account', 303)
  })

  scope.post('/account/sessions/end-others', { config: confirmed }, async (request, reply) => {
    const ended = await staff.endOtherSessions(request.signedIn)
    reply.said({
      text: ended === 1 ? 'One other browser is signed out.' : `${ended} other browsers are signed out.`,
    })
    return reply.redirect('/admin/account', 303)
  })

  async function accountPage(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: Shown,
  ): Promise<FastifyReply> {
    const { account, session } = request.signedIn
    const { dates } = await site.site()
    const model = {
      ...{ title: 'My account', path: '/admin/account', dates, current: session.id },
      factors: await staff.factorsOf(account.id),
      sessions: await staff.sessionsOf(account.id),
      ...{ problems: {}, typed: { name: account.name }, ...shown },
    }
    return reply.desk('staff/account', model, { status: shown.problems ? 422 : 200 })
  }
}

function nameAndAddress(scope: FastifyInstance, { staff }: AccountServices): void {
  scope.get('/account/email', { config: confirmed }, async (_request, reply) => emailPage(reply, {}))

  scope.post('/account/email', { config: confirmed }, async (request, reply) => {
    const form = readForm(EmailForm, request.body)
    if (form.problems) return emailPage(reply, form)
    const { email } = form.values
    if (email === request.signedIn.account.email)
      return emailPage(reply, {
        problems: { email: 'You sign in with this address already.' },
        typed: { email },
      })
    await staff.askForEmail(request.signedIn, email)
    reply.said({
      text: `Open the link in the mail to ${email}. Until then your address stays as it is.`,
    })
    return reply.redirect('/admin/account', 303)
  })

  function emailPage(reply: FastifyReply, shown: Shown): Promise<FastifyReply> {
    const model = {
      title: 'Another address',
      path: '/admin/account/email',
      problems: {},
      typed: {},
      ...shown,
    }
    return reply.desk('staff/account-email', model, { status: shown.problems ? 422 : 200 })
  }
}

function password(scope: FastifyInstance, { staff, site, cookie }: AccountServices): void {
  scope.get('/account/password', { config: confirmed }, async (_request, reply) => passwordPage(reply, {}))

  scope.post('/account/password', { config: confirmed }, async (request, reply) => {
    const { name, email } = request.account
    const { identity } = await site.site()
    const form = await readPasswordForm(PasswordForm, request.body, () => [name, email, identity.name])
    if (form.problems) return passwordPage(reply, form)
    cookie.set(reply, await staff.changePassword(request.signedIn, form.values.password))
    reply.said({ text: 'Your password was changed. Every other browser is signed out.' })
    return reply.redirect('/admin/account', 303)
  })

  function passwordPage(reply: FastifyReply, shown: Shown): Promise<FastifyReply> {
    const model = { title: 'Another password', path: '/admin/account/password', problems: {}, ...shown }
    return reply.desk('staff/account-password', model, { status: shown.problems ? 422 : 200 })
  }
}
