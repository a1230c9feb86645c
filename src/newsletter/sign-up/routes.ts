import type { FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import type { PlainForm } from '../../foundation/form-door.js'
import { clientKey, limiter, unlimited } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import {
  chosenAmong,
  type OfferedSection,
  type OfferedSections,
  unknownSection,
} from '../offered-sections.js'
import { SignUpForm, Typed } from '../schema.js'
import type { FillTime } from './fill-time.js'
import type { Reception } from './reception.js'

export interface SignUpRouteServices {
  reception: Pick<Reception, 'signUp'>
  fillTime: FillTime
  offered: OfferedSections
  /** whether links of issues are counted: readers are told */
  countsClicks(): Promise<boolean>
  memory: Memory
  /** whether sign-ups are counted and timed */
  limits: boolean
}

const MINUTE = 60_000

/** The form, and what is sent with it. */
export function signUpRoutes(
  scope: FastifyInstance,
  { reception, fillTime, offered, countsClicks, memory, limits }: SignUpRouteServices,
): void {
  const perClient = limits ? limiter({ name: 'sign-ups', max: 10, windowMs: 10 * MINUTE, memory }) : unlimited
  const formPage = async (
    reply: FastifyReply,
    sections: OfferedSection[],
    typed: Partial<Typed>,
    problems: Record<string, string> = {},
  ) => signUpPage(reply, { sections, typed, problems, countsClicks: await countsClicks() })

  scope.get('/newsletter', async (_request, reply) =>
    formPage(reply, await offered(), { started: fillTime.start() }),
  )

  const signUp = ({ email, name, frequency, form }: SignUpForm, sectionIds: string[]): Promise<number> =>
    reception.signUp({ email, name, frequency, form, sectionIds })

  // Nearly all are right in every respect: then there is nothing to say but what everybody is told.
  const takeAtDoor = ({ fields, client }: PlainForm) => {
    const { success, data } = SignUpForm.safeParse(fields)
    if (!success || data.website || data.sections.length || hasteOf(data.started)) return undefined
    return async () => {
      await perClient(clientKey(client()))
      return signUp(data, [])
    }
  }

  scope.post('/newsletter', { config: { kept: [], takeAtDoor } }, async (request, reply) => {
    if (request.takenAtDoor) return sentPage(reply)
    await perClient(clientKey(request.ip))
    const form = SignUpForm.safeParse(request.body ?? {})
    const again = async (problems: Record<string, string>) =>
      formPage(reply, await offered(), Typed.parse(request.body ?? {}), problems)
    if (!form.success) return again(problemsOf(form.error))
    if (form.data.website) return sentPage(reply)
    const haste = hasteOf(form.data.started)
    if (haste) return again({ form: haste })
    const chosen = form.data.sections
    const sectionIds = chosen.length ? chosenAmong(await offered(), chosen) : []
    if (!sectionIds) return again({ sections: unknownSection })
    await signUp(form.data, sectionIds)
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

interface SignUpPage {
  sections: OfferedSection[]
  typed: Partial<Typed>
  problems: Record<string, string>
  countsClicks: boolean
}

function signUpPage(
  reply: FastifyReply,
  { sections, typed, problems, countsClicks }: SignUpPage,
): Promise<FastifyReply> {
  const model = {
    title: 'The newsletter',
    description: 'New articles by mail: free, and left with one click.',
    path: '/newsletter',
    typed: { email: '', name: '', frequency: 'weekly', sections: [], ...typed },
    ...{ problems, sections, countsClicks },
  }
  const status = Object.keys(problems).length ? 422 : 200
  return reply.page('newsletter/form', model, { cache: 'form', status })
}

// Always the same, whoever is on the list: it must not tell who is.
function sentPage(reply: FastifyReply): Promise<FastifyReply> {
  const model = { title: 'Look into your inbox', noindex: true }
  return reply.sameForAll(place => reply.page('newsletter/sent', model, { cache: 'form', place }))
}

function problemsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map(issue => [String(issue.path[0] ?? 'form'), issue.message]))
}
