import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { everybody } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import { secretQrCode } from '../../foundation/qr-code.js'
import { deviceName } from '../devices.js'
import type { Raised } from '../own-account.js'
import { AuthenticatorForm, PasskeyForm } from '../schema.js'
import { untimely } from '../untimely.js'
import type { AccountServices } from './account.js'

const config = { may: everybody, confirmed: true, withoutFactor: true }

/** The second factor of one's own account: an authenticator app, passkeys, recovery codes. */
export function secondFactor(scope: FastifyInstance, services: AccountServices): void {
  const { staff } = services
  scope.get('/account/second-factor', { config }, async (request, reply) => {
    const factors = await staff.factorsOf(request.account.id)
    const model = { title: 'A second factor', path: '/admin/account/second-factor', factors }
    return reply.desk('staff/second-factor', { ...model, owes: request.signedIn.owesFactor })
  })
  app(scope, services)
  passkeys(scope, services)

  scope.post('/account/recovery-codes', { config }, async (request, reply) =>
    codesPage(reply, await staff.renewCodes(request.signedIn)),
  )
}

function app(scope: FastifyInstance, { staff, site, cookie }: AccountServices): void {
  scope.get('/account/app', { config }, async (request, reply) => {
    const { identity } = await site.site()
    return appPage(reply, staff.apps.offer(request.account, identity.name), {})
  })

  scope.post('/account/app', { config }, async (request, reply) => {
    const { id } = request.account
    const { identity } = await site.site()
    const form = readForm(AuthenticatorForm, request.body)
    const sealed = form.problems ? form.typed.secret : form.values.secret
    const secret = staff.apps.secretOf(sealed ?? '', id)
    if (!secret) return appPage(reply, staff.apps.offer(request.account, identity.name), { code: tooLate })
    const offer = staff.apps.offered(secret, request.account, identity.name)
    if (form.problems) return appPage(reply, offer, form.problems)
    const raised = await staff.addApp(request.signedIn, secret, form.values.code)
    if (typeof raised === 'object') return done(reply, raised)
    return appPage(reply, offer, { code: raised === 'wrong' ? wrong : untimely[raised] })
  })

  scope.post('/account/app/remove', { config }, async (request, reply) => {
    await staff.removeApp(request.signedIn)
    reply.said({ text: 'The authenticator app is no factor of your account any more.' })
    return reply.redirect('/admin/account', 303)
  })

  function done(reply: FastifyReply, raised: Raised): FastifyReply | Promise<FastifyReply> {
    cookie.set(reply, raised.session)
    if (raised.codes) return codesPage(reply, raised.codes)
    reply.said({ text: 'The authenticator app is set up.' })
    return reply.redirect('/admin/account', 303)
  }
}

function passkeys(scope: FastifyInstance, { staff, site, cookie }: AccountServices): void {
  scope.get('/account/passkeys', { config }, async (request, reply) => passkeyPage(request, reply, {}))

  scope.get('/account/passkeys/options', { config }, async request =>
    staff.passkeys.registrationOptions(request.account, (await site.site()).identity.name),
  )

  scope.post('/account/passkeys', { config }, async (request, reply) => {
    const form = readForm(PasskeyForm, request.body)
    if (form.problems) return passkeyPage(request, reply, form.problems)
    const name = form.values.label || deviceName(request.headers['user-agent'])
    const raised = await staff.addPasskey(request.signedIn, name, form.values.credential)
    if (!raised) return passkeyPage(request, reply, { label: notTaken })
    cookie.set(reply, raised.session)
    if (raised.codes) return codesPage(reply, raised.codes)
    reply.said({ text: `The passkey “${name}” is set up.` })
    return reply.redirect('/admin/account', 303)
  })

  scope.post<{ Params: { id: string } }>(
    '/account/passkeys/:id/remove',
    { config },
    async (request, reply) => {
      const { name } = await staff.removePasskey(request.signedIn, request.params.id)
      reply.said({
        text: `The passkey “${name}” opens nothing here any more. Remove it from the device as well.`,
      })
      return reply.redirect('/admin/account', 303)
    },
  )

  function passkeyPage(
    request: FastifyRequest,
    reply: FastifyReply,
    problems: Record<string, string>,
  ): Promise<FastifyReply> {
    const suggested = deviceName(request.headers['user-agent'])
    const model = {
      title: 'A passkey',
      path: '/admin/account/passkeys',
      suggested,
      problems,
      scripts: ['passkeys.js'],
    }
    return reply.desk('staff/passkey', model, { status: Object.keys(problems).length ? 422 : 200 })
  }
}

function appPage(
  reply: FastifyReply,
  offer: { secret: string; address: string; sealed: string },
  problems: Record<string, string>,
): Promise<FastifyReply> {
  const drawing = secretQrCode(offer.address, 'The key for your authenticator app, as a QR code')
  const model = { title: 'An authenticator app', path: '/admin/account/app', offer, drawing, problems }
  return reply.desk('staff/app', model, { status: Object.keys(problems).length ? 422 : 200 })
}

function codesPage(reply: FastifyReply, codes: string[]): Promise<FastifyReply> {
  return reply.desk('staff/recovery-codes', { title: 'Recovery codes', path: '/admin/account/codes', codes })
}

const tooLate = 'This page was open for too long. Scan the new code and enter what the app shows then.'
const wrong = 'This code is not right. Check that the clock of your device is, and enter the newest code.'
const notTaken =
  'The browser’s answer could not be used: it is broken, or the key on this device is too short (RSA). Use a passkey of another device, or an authenticator app.'
