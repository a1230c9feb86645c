import type { FastifyInstance, FastifyReply } from 'fastify'
import { readForm } from '../../foundation/form.js'
import { browserOf } from '../browser.js'
import { readPasswordForm } from '../password-form.js'
import { AcceptForm, AcceptWithPasskeyForm, type StoredAccount, Token } from '../schema.js'
import type { DoorServices } from './setup.js'

interface Params {
  Params: { token: string }
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
}

/** The door that an invitation opens, once. */
export function invitationDoor(scope: FastifyInstance, { staff, site, cookie }: DoorServices): void {
  scope.get<Params>('/invitation/:token', async (request, reply) => {
    const account = await invited(request.params.token)
    return account ? page(reply, request.params.token, account, {}) : closed(reply)
  })

  scope.post<Params>('/invitation/:token', async (request, reply) => {
    const { token } = request.params
    const account = await invited(token)
    if (!account) return closed(reply)
    const { identity } = await site.site()
    const names = ({ name }: { name: string }) => [name, account.email, identity.name]
    const form = await readPasswordForm(AcceptForm, request.body, names)
    if (form.problems) return page(reply, token, account, form)
    const entered = await staff.acceptWithPassword(token, form.values, browserOf(request, cookie))
    if (!entered) return closed(reply)
    cookie.enter(reply, entered)
    return reply.redirect('/admin', 303)
  })

  /** What a browser needs to make a passkey, which then is all that opens the account. */
  scope.get<Params>('/invitation/:token/passkey', async (request, reply) => {
    const account = await invited(request.params.token)
    if (!account) return closed(reply)
    return staff.passkeys.registrationOptions(account, (await site.site()).identity.name)
  })

  scope.post<Params>('/invitation/:token/passkey', async (request, reply) => {
    const { token } = request.params
    const account = await invited(token)
    if (!account) return closed(reply)
    const form = readForm(AcceptWithPasskeyForm, request.body)
    if (form.problems) return page(reply, token, account, form)
    const entered = await staff.acceptWithPasskey(token, form.values, browserOf(request, cookie))
    if (!entered)
      return page(reply, token, account, {
        problems: { passkey: notTaken },
        typed: form.values.name ? { name: form.values.name } : {},
      })
    cookie.enter(reply, entered)
    const model = { title: 'Recovery codes', codes: entered.codes }
    return reply.page('staff/recovery-codes', model, { cache: 'secret' })
  })

  async function invited(token: string): Promise<StoredAccount | undefined> {
    const known = Token.safeParse(token).data
    return known ? staff.invitedBy(known) : undefined
  }

  function page(
    reply: FastifyReply,
    token: string,
    account: StoredAccount,
    shown: Shown,
  ): Promise<FastifyReply> {
    const model = {
      title: 'Your account',
      token,
      invited: account,
      problems: {},
      typed: {},
      scripts: ['passkeys.js'],
      ...shown,
    }
    return reply.page('staff/invitation', model, { cache: 'secret', status: shown.problems ? 422 : 200 })
  }

  function closed(reply: FastifyReply): Promise<FastifyReply> {
    return reply.page(
      'staff/link-closed',
      { title: 'This link does not open', kind: 'invitation' },
      { cache: 'secret', status: 404 },
    )
  }
}

const notTaken =
  'The browser’s answer could not be used: it is broken, or the key on this device is too short (RSA). Use a passkey of another device, or choose a password.'
