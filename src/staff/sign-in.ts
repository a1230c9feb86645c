import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../foundation/clock.js'
import { readForm } from '../foundation/form.js'
import { clientKey, limiter, unlimited } from '../foundation/limiter.js'
import { SignInForm } from './schema.js'
import type { StaffService } from './service.js'
import type { SessionCookie } from './session-cookie.js'

const QUARTER_OF_AN_HOUR = 900_000

export interface SignInServices {
  staff: StaffService
  cookie: SessionCookie
  clock: Clock
  /** whether tries are counted */
  limits: boolean
}

/** The door for those who have an account. */
export function signInDoor(scope: FastifyInstance, { staff, cookie, clock, limits }: SignInServices): void {
  const tries = (max: number) =>
    limits ? limiter({ max, windowMs: QUARTER_OF_AN_HOUR, clock, message: tooMany }) : unlimited
  const perClient = tries(10)
  // Wider than a client's share, so that one stranger alone does not lock an account's owner out.
  const perAccount = tries(20)

  scope.get('/sign-in', async (request, reply) => {
    const token = cookie.read(request)
    if (token && (await staff.accountOf(token))) return reply.redirect('/admin', 303)
    return page(reply, {})
  })

  scope.post('/sign-in', async (request, reply) => {
    perClient(clientKey(request.ip))
    const form = readForm(SignInForm, request.body)
    if (form.problems) return page(reply, form)
    perAccount(form.values.email)
    const session = await staff.signIn(form.values)
    if (!session) return page(reply, { problems: { email: wrong }, typed: { email: form.values.email } })
    const former = cookie.read(request)
    if (former) await staff.signOut(former)
    cookie.set(reply, session)
    return reply.redirect('/admin', 303)
  })

  async function page(
    reply: FastifyReply,
    form: { problems?: Record<string, string>; typed?: Record<string, string> },
  ): Promise<FastifyReply> {
    const hasOwner = await staff.hasOwner()
    const model = { title: 'Sign in', hasOwner, problems: {}, typed: {}, ...form }
    return reply.page('staff/sign-in', model, { cache: 'secret', status: form.problems ? 422 : 200 })
  }
}

const wrong = 'This email address and password do not belong together. Check both and try again.'
const tooMany = 'There were too many tries to sign in.'
