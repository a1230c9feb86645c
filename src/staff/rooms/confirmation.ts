import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { everybody } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import { askedPage, leadingTo } from '../asked-page.js'
import { ConfirmForm, CredentialForm } from '../schema.js'
import { untimely } from '../untimely.js'
import type { AccountServices } from './account.js'

const config = { may: everybody, withoutFactor: true }

/** Asks who is signed in to prove to be there still, before what nobody else at this keyboard may do. */
export function confirmation(scope: FastifyInstance, { staff, cookie }: AccountServices): void {
  scope.get('/account/confirm', { config }, async (request, reply) => page(request, reply, {}))

  scope.post('/account/confirm', { config }, async (request, reply) => {
    const form = readForm(ConfirmForm, request.body)
    if (form.problems) return page(request, reply, form.problems)
    const done = await staff.confirm(request.signedIn, form.values)
    if ('session' in done) return goOn(request, reply, done.session)
    const problem = done.wrong === 'code' && !form.values.code ? missingCode : wrong[done.wrong]
    return page(request, reply, { [done.wrong === 'password' ? 'password' : 'code']: problem })
  })

  scope.get('/account/confirm/passkey', { config }, async request => {
    const { id } = request.account
    return staff.passkeys.requestOptions(`confirm ${id}`, id)
  })

  scope.post('/account/confirm/passkey', { config }, async (request, reply) => {
    const form = readForm(CredentialForm, request.body)
    if (form.problems) return page(request, reply, { passkey: wrongPasskey })
    const token = await staff.confirmWithPasskey(request.signedIn, form.values.credential)
    return token ? goOn(request, reply, token) : page(request, reply, { passkey: wrongPasskey })
  })

  function goOn(request: FastifyRequest, reply: FastifyReply, token: string): FastifyReply {
    cookie.set(reply, token)
    return reply.redirect(askedPage(request) ?? '/admin/account', 303)
  }

  async function page(
    request: FastifyRequest,
    reply: FastifyReply,
    problems: Record<string, string>,
  ): Promise<FastifyReply> {
    const factors = await staff.factorsOf(request.account.id)
    const model = {
      title: 'Is it you?',
      path: '/admin/account/confirm',
      leadOn: (door: string) => leadingTo(door, askedPage(request)),
      factors,
      problems,
      scripts: ['passkeys.js'],
    }
    return reply.desk('staff/confirm', model, { status: Object.keys(problems).length ? 422 : 200 })
  }
}

const wrong = {
  ...untimely,
  password: 'This is not your password. Check it and try again.',
  code: 'This code is not right, or was used before. Wait for the next one and enter that.',
}
const missingCode = 'You have a second factor: enter a code of your app, or a recovery code, as well.'
const wrongPasskey = 'This passkey is not one of yours. Try another one, or use your password and a code.'
