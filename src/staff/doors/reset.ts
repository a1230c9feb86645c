import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readForm } from '../../foundation/form.js'
import { clientKey, limiter, unlimited } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import { readPasswordForm } from '../password-form.js'
import { EmailForm, PasswordForm, type StoredAccount, Token } from '../schema.js'
import type { DoorServices } from './setup.js'

interface Params {
  Params: { token: string }
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
}

/** How long after an answer its mail is made, in milliseconds. */
const LATER = 1_000

/** Two doors: one asks for a link by mail, which opens the other once. */
export function resetDoor(
  scope: FastifyInstance,
  { staff, site, cookie, memory, limits }: DoorServices & { memory: Memory; limits: boolean },
): void {
  const perClient = limits ? limiter({ name: 'resets', max: 10, windowMs: 900_000, memory }) : unlimited

  scope.get('/reset', async (_request, reply) => askPage(reply, {}))

  // Nor must what follows an answer tell: whoever asks again at once would wait for the mail to be made.
  const later = async () => {
    await pause(LATER, undefined, { ref: false })
    await staff.answerResets()
  }

  // Answered before anybody looks whether there is such an account: neither the words nor the time tell.
  scope.post('/reset', { onResponse: later }, async (request, reply) => {
    await perClient(clientKey(request.ip))
    const form = readForm(EmailForm, request.body)
    if (form.problems) return askPage(reply, form)
    await staff.askForReset(form.values.email)
    return reply.page('staff/reset-sent', { title: 'Look into your mail' }, { cache: 'secret' })
  })

  scope.get<Params>('/reset/:token', async (request, reply) => {
    const { token } = request.params
    return (await ownerOf(token)) ? newPage(reply, token, {}) : closed(reply)
  })

  scope.post<Params>('/reset/:token', async (request, reply) => {
    const { token } = request.params
    const account = await ownerOf(token)
    if (!account) return closed(reply)
    const { identity } = await site.site()
    const names = () => [account.name, account.email, identity.name]
    const form = await readPasswordForm(PasswordForm, request.body, names)
    if (form.problems) return newPage(reply, token, form)
    if (!(await staff.reset(token, form.values.password))) return closed(reply)
    cookie.clear(reply)
    return reply.page('staff/reset-done', { title: 'Your password was changed' }, { cache: 'secret' })
  })

  async function ownerOf(token: string): Promise<StoredAccount | undefined> {
    const known = Token.safeParse(token).data
    return known ? staff.resetOf(known) : undefined
  }

  function askPage(reply: FastifyReply, shown: Shown): Promise<FastifyReply> {
    const model = { title: 'A new password', problems: {}, typed: {}, ...shown }
    return reply.page('staff/reset', model, { cache: 'secret', status: shown.problems ? 422 : 200 })
  }

  function newPage(reply: FastifyReply, token: string, shown: Shown): Promise<FastifyReply> {
    const model = { title: 'Choose a new password', token, problems: {}, ...shown }
    return reply.page('staff/new-password', model, { cache: 'secret', status: shown.problems ? 422 : 200 })
  }

  function closed(reply: FastifyReply): Promise<FastifyReply> {
    const model = { title: 'This link does not open', kind: 'reset' }
    return reply.page('staff/link-closed', model, { cache: 'secret', status: 404 })
  }
}
