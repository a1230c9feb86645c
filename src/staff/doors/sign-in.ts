import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readForm } from '../../foundation/form.js'
import { clientKey, limiter, unlimited } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import { askedPage, leadingTo } from '../asked-page.js'
import { browserOf } from '../browser.js'
import type { Entered } from '../entrance.js'
import { CodeForm, CredentialForm, SignInForm } from '../schema.js'
import type { StaffService } from '../service.js'
import type { SessionCookie } from '../session-cookie.js'
import { untimely } from '../untimely.js'

const QUARTER_OF_AN_HOUR = 900_000

export interface SignInServices {
  staff: StaffService
  cookie: SessionCookie
  memory: Memory
  /** whether tries are counted */
  limits: boolean
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
}

/** The door for those who have an account. */
export function signInDoor(scope: FastifyInstance, { staff, cookie, memory, limits }: SignInServices): void {
  // Against trying one password on every account; five tries on one account are counted on disk.
  const perClient = limits
    ? limiter({ name: 'sign-ins', max: 40, windowMs: QUARTER_OF_AN_HOUR, memory, message: tooMany })
    : unlimited

  scope.get('/sign-in', async (request, reply) => {
    const token = cookie.read(request)
    if (token && (await staff.signedIn(token))) return goOn(request, reply)
    const half = cookie.readHalf(request)
    return half && (await staff.halfWay(half))
      ? factorPage(request, reply, half, {})
      : page(request, reply, {})
  })

  scope.post('/sign-in', async (request, reply) => {
    await perClient(clientKey(request.ip))
    const half = cookie.readHalf(request)
    if (half && isCodeAlone(request.body)) return takeCode(request, reply, half)
    const form = readForm(SignInForm, request.body)
    if (form.problems) return page(request, reply, form)
    const { email, code } = form.values
    const result = await staff.signIn(form.values, browserOf(request, cookie))
    if (!result) return page(request, reply, { problems: { email: wrong }, typed: { email } })
    if ('session' in result) return enter(request, reply, result)
    cookie.setHalf(reply, result.half)
    return code ? takeCode(request, reply, result.half) : reply.redirect(doorFor(request), 303)
  })

  /** What a browser needs to ask for a passkey. */
  scope.get('/sign-in/passkey', async request => {
    const half = cookie.readHalf(request)
    const owed = half && (await staff.halfWay(half))
    return owed
      ? staff.passkeys.requestOptions(`second-factor ${owed.accountId}`, owed.accountId)
      : staff.passkeys.requestOptions('sign-in')
  })

  scope.post('/sign-in/passkey', async (request, reply) => {
    await perClient(clientKey(request.ip))
    const half = cookie.readHalf(request)
    const owed = half && (await staff.halfWay(half))
    const form = readForm(CredentialForm, request.body)
    const browser = browserOf(request, cookie)
    const entered =
      !form.problems &&
      (owed
        ? await staff.enterPasskey(half, form.values.credential, browser)
        : await staff.signInWithPasskey(form.values.credential, browser))
    if (entered) return enter(request, reply, entered)
    const problems = { passkey: wrongPasskey }
    return owed && (await staff.halfWay(half))
      ? factorPage(request, reply, half, { problems })
      : page(request, reply, { problems })
  })

  /** Leaves the second step. */
  scope.post('/sign-in/again', async (request, reply) => {
    await staff.startAgain(cookie.readHalf(request) ?? '')
    cookie.clearHalf(request, reply)
    return reply.redirect(doorFor(request), 303)
  })

  async function takeCode(request: FastifyRequest, reply: FastifyReply, half: string): Promise<FastifyReply> {
    const form = readForm(CodeForm, request.body)
    if (form.problems) return factorPage(request, reply, half, { problems: form.problems })
    const entered = await staff.enterCode(half, form.values.code, browserOf(request, cookie))
    if (typeof entered === 'string')
      return factorPage(request, reply, half, { problems: { code: untimely[entered] } })
    if (entered) return enter(request, reply, entered)
    return (await staff.halfWay(half))
      ? factorPage(request, reply, half, { problems: { code: wrongCode } })
      : page(request, reply, { problems: { email: tooLate } })
  }

  // Whatever session the browser had ends with the new one.
  async function enter(
    request: FastifyRequest,
    reply: FastifyReply,
    entered: Entered,
  ): Promise<FastifyReply> {
    await staff.signOut(cookie.read(request) ?? '')
    cookie.enter(reply, entered)
    cookie.clearHalf(request, reply)
    return goOn(request, reply)
  }

  async function page(request: FastifyRequest, reply: FastifyReply, shown: Shown): Promise<FastifyReply> {
    const hasOwner = await staff.hasOwner()
    const model = {
      ...way(request),
      title: 'Sign in',
      hasOwner,
      problems: {},
      typed: {},
      scripts: ['passkeys.js'],
      ...shown,
    }
    return reply.page('staff/sign-in', model, { cache: 'secret', status: shown.problems ? 422 : 200 })
  }

  async function factorPage(
    request: FastifyRequest,
    reply: FastifyReply,
    half: string,
    shown: Shown,
  ): Promise<FastifyReply> {
    const owed = await staff.halfWay(half)
    const model = {
      ...way(request),
      title: 'Sign in: second step',
      owed,
      problems: {},
      scripts: ['passkeys.js'],
      ...shown,
    }
    return reply.page('staff/second-step', model, { cache: 'secret', status: shown.problems ? 422 : 200 })
  }
}

function doorFor(request: FastifyRequest): string {
  return leadingTo('/admin/sign-in', askedPage(request))
}

function goOn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.redirect(askedPage(request) ?? '/admin', 303)
}

/** Lets the forms of a page keep what was asked for. */
function way(request: FastifyRequest) {
  return { leadOn: (door: string) => leadingTo(door, askedPage(request)) }
}

function isCodeAlone(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'code' in body && !('password' in body)
}

const wrong = 'This email address and password do not belong together. Check both and try again.'
const wrongCode = 'This code is not right, or was used before. Wait for the next one and enter that.'
const wrongPasskey =
  'This passkey does not open an account here. Try another one, or sign in with your password.'
const tooLate = 'The second step took too long. Start again.'
const tooMany = 'There were too many tries to sign in.'
