import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.js'
import { NotFound, TooMany } from '../../foundation/errors.js'
import { clientKey, limiter, unlimited } from '../../foundation/limiter.js'
import { SignUpForm, Typed } from '../schema.js'
import type { FillTime } from './fill-time.js'
import type { SignUpService } from './service.js'

export interface NewsletterRouteServices {
  newsletter: SignUpService
  fillTime: FillTime
  clock: Clock
  /** whether sign-ups are counted and timed */
  limits: boolean
}

const MINUTE = 60_000
const expired =
  'This link has expired, was replaced by a newer one, or is not complete. Sign up again and use the link in the newest mail.'

export function newsletterRoutes(scope: FastifyInstance, services: NewsletterRouteServices): void {
  signUpRoutes(scope, services)
  linkRoutes(scope, services)
}

function signUpRoutes(
  scope: FastifyInstance,
  { newsletter, fillTime, clock, limits }: NewsletterRouteServices,
): void {
  const count = (max: number, windowMs: number) => (limits ? limiter({ max, windowMs, clock }) : unlimited)
  const perClient = count(10, 10 * MINUTE)
  const perAddress = count(3, 60 * MINUTE)
  // So that a flood from many places does not turn the paper into a cannon.
  const ofAll = count(500, 60 * MINUTE)

  scope.get('/newsletter', async (_request, reply) => formPage(reply, { started: fillTime.start() }))

  scope.post('/newsletter', async (request, reply) => {
    perClient(clientKey(request.ip))
    const form = SignUpForm.safeParse(request.body ?? {})
    const typed = Typed.parse(request.body ?? {})
    if (!form.success) return formPage(reply, typed, problemsOf(form.error))
    if (form.data.website) return sentPage(reply)
    const haste = hasteOf(form.data.started)
    if (haste) return formPage(reply, { ...typed, started: typed.started }, { form: haste })
    if (isWithin(() => perAddress(form.data.email.key))) {
      ofAll('everybody')
      await newsletter.signUp(form.data)
    }
    return sentPage(reply)
  })

  // The boxes in articles stand on pages that are the same for everybody and carry a strong ETag, so they cannot
  // hold the time; forms on other sites do not either. What comes without it is taken, what comes with it is judged.
  function hasteOf(started: string): string | undefined {
    if (!limits || !started) return undefined
    const verdict = fillTime.judge(started)
    if (verdict === 'too fast') return 'That was faster than people type. Press the button once more.'
    return verdict && 'This form has grown old. Load the page again and send it from there.'
  }
}

function linkRoutes(scope: FastifyInstance, { newsletter }: NewsletterRouteServices): void {
  // Mail scanners open every link, so opening one does nothing yet.
  scope.get('/newsletter/confirm/:token', async (request, reply) => {
    const reader = await newsletter.reader(tokenOf(request), 'confirm')
    if (!reader) throw new NotFound(expired)
    return secretPage(reply, 'confirm', 'Confirm your subscription', { reader })
  })
  scope.post('/newsletter/confirm/:token', async (request, reply) => {
    const reader = await newsletter.confirm(tokenOf(request))
    if (!reader) throw new NotFound(expired)
    return secretPage(reply, 'confirmed', 'You are on the list', { already: reader.status === 'active' })
  })
  scope.get('/newsletter/unsubscribe/:token', async (request, reply) => {
    const reader = await newsletter.reader(tokenOf(request), 'unsubscribe')
    if (!reader) throw new NotFound(expired)
    return secretPage(reply, 'leave', 'Leave the newsletter', { reader })
  })
  // One click (RFC 8058): whatever the body says, no cookie, no redirect.
  scope.post('/newsletter/unsubscribe/:token', async (request, reply) => {
    const reader = await newsletter.unsubscribe(tokenOf(request))
    if (!reader) throw new NotFound(expired)
    return secretPage(reply, 'left', 'You have left the list', {})
  })
}

function formPage(
  reply: FastifyReply,
  typed: Partial<Typed>,
  problems: Record<string, string> = {},
): Promise<FastifyReply> {
  const model = {
    title: 'The newsletter',
    description: 'New articles by mail: free, and left with one click.',
    path: '/newsletter',
    typed: { email: '', name: '', frequency: 'weekly', ...typed },
    problems,
  }
  const status = Object.keys(problems).length ? 422 : 200
  return reply.page('newsletter/form', model, { cache: 'form', status })
}

// Always the same, whoever is on the list: it must not tell who is.
function sentPage(reply: FastifyReply): Promise<FastifyReply> {
  return reply.page('newsletter/sent', { title: 'Look into your inbox', noindex: true }, { cache: 'form' })
}

function secretPage(reply: FastifyReply, view: string, title: string, model: object): Promise<FastifyReply> {
  reply.header('referrer-policy', 'no-referrer')
  return reply.page(`newsletter/${view}`, { title, noindex: true, ...model }, { cache: 'secret' })
}

function tokenOf(request: FastifyRequest): string {
  return z.object({ token: z.string() }).parse(request.params).token
}

function isWithin(count: () => void): boolean {
  try {
    count()
    return true
  } catch (error) {
    if (error instanceof TooMany) return false
    throw error
  }
}

function problemsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map(issue => [String(issue.path[0] ?? 'form'), issue.message]))
}
