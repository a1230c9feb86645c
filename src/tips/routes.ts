import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../foundation/clock.js'
import { asProblem, sendProblem } from '../foundation/error-pages.js'
import { NotFound, Problem } from '../foundation/errors.js'
import { clientKey, limiter, unlimited } from '../foundation/limiter.js'
import { intake } from './intake.js'
import { type Fields, MOST_CHARACTERS } from './schema.js'
import type { Staged } from './sealed-store.js'
import type { Kept, TipsService } from './service.js'

export interface TipRouteServices {
  tips: TipsService
  clock: Clock
  /** whether tips and tries are counted */
  limits: boolean
  onionUrl: string | undefined
}

const TEN_MINUTES = 600_000

const said = {
  empty: 'Write what you want to tell us, then send it again.',
  nothing: 'Write something or choose a file, then send it again.',
  tooLong: `The message is longer than ${MOST_CHARACTERS.toLocaleString('en')} characters. Shorten it, or send the rest as a file.`,
  longContact: 'This is longer than 1,000 characters. Shorten it.',
  unknown: 'No tip belongs to these words. Check each of the seven against what you wrote down.',
  uncertain: 'Tick the box to confirm that everything is to be erased.',
  filesAgain: 'Choose your files again: a browser does not keep them.',
}

/** The source's door. Nothing here looks at who is asking beyond counting requests in memory. */
export function tipRoutes(scope: FastifyInstance, { tips, clock, limits, onionUrl }: TipRouteServices): void {
  const count = (max: number) => (limits ? limiter({ max, windowMs: TEN_MINUTES, clock }) : unlimited)
  const sending = count(10)
  const returning = count(30)

  scope.get('/tips', async (_request, reply) => tipForm(reply))

  scope.post('/tips', async (request, reply) => {
    sending(clientKey(request.ip))
    await refuseWhenClosed()
    return staging(request, async staged => {
      const fields = await intake(request, staged)
      const problem = problemWith(fields)
      if (problem) return () => tipForm(reply, { fields, problem, hadFiles: staged.numbers().length > 0 })
      await staged.message(fields.message, fields.contact)
      const codename = await tips.receive(staged)
      return () => secretPage(reply, 'tips/received', { title: 'Your tip has arrived', codename })
    })
  })

  scope.get('/tips/return', async (_request, reply) => returnForm(reply))

  scope.post('/tips/return', async (request, reply) => {
    returning(clientKey(request.ip))
    return staging(request, async staged => {
      const { codename } = await intake(request, staged)
      const kept = await tips.find(codename)
      return () => (kept ? statusPage(reply, { kept, codename }) : returnForm(reply, said.unknown))
    })
  })

  scope.post('/tips/return/messages', async (request, reply) => {
    sending(clientKey(request.ip))
    await refuseWhenClosed()
    return staging(request, async staged => {
      const fields = await intake(request, staged)
      const kept = await tips.find(fields.codename)
      if (!kept) return () => returnForm(reply, said.unknown)
      const problem = problemWith(fields, staged.numbers().length > 0)
      if (problem) return () => statusPage(reply, { kept, codename: fields.codename, fields, problem })
      if (fields.message.trim()) await staged.message(fields.message, fields.contact)
      const added = (await tips.add(fields.codename, staged)) ?? kept
      return () => statusPage(reply, { kept: added, codename: fields.codename, added: true })
    })
  })

  scope.post('/tips/return/erasure', async (request, reply) => {
    returning(clientKey(request.ip))
    return staging(request, async staged => {
      const { codename, certain } = await intake(request, staged)
      const kept = await tips.find(codename)
      if (!kept) return () => returnForm(reply, said.unknown)
      if (!certain) return () => statusPage(reply, { kept, codename, erasureProblem: said.uncertain })
      await tips.erase(codename)
      return () => secretPage(reply, 'tips/erased', { title: 'Your tip is erased' })
    })
  })

  // Here, so that addresses nobody has are answered, and not logged, by this scope as well.
  scope.all('/tips/*', async () => {
    throw new NotFound()
  })

  async function tipForm(
    reply: FastifyReply,
    rejected?: { fields: Fields; problem: FieldProblem; hadFiles: boolean },
  ) {
    if ((await tips.recipients()).length === 0) {
      return secretPage(reply, 'tips/closed', { title: 'The tip line is closed', path: '/tips' }, 503)
    }
    const model = {
      title: 'Send a tip',
      description: 'How to tell the newsroom something, what is kept of it, and what cannot be promised.',
      path: '/tips',
      onionUrl,
      fields: rejected?.fields,
      problem: rejected?.problem,
      filesAgain: rejected?.hadFiles ? said.filesAgain : undefined,
    }
    return secretPage(reply, 'tips/form', model, rejected?.problem.status)
  }

  async function refuseWhenClosed(): Promise<void> {
    if ((await tips.recipients()).length === 0) {
      throw new Problem(
        503,
        'The newsroom has no key to seal tips with yet. Nothing was kept. Come back later.',
      )
    }
  }

  /** Whatever the work staged and did not keep is gone before the answer that it chose is sent. */
  async function staging(
    request: FastifyRequest,
    work: (staged: Staged) => Promise<Answer>,
  ): Promise<FastifyReply> {
    const staged = await tips.stage()
    let answer: Answer
    try {
      answer = await work(staged)
    } finally {
      await staged.discard()
      // What is left of a refused upload is read and dropped: unread, it would hold the connection up for the next page.
      request.raw.resume()
    }
    return answer()
  }
}

type Answer = () => Promise<FastifyReply>

/** The source's own error pages: they log nothing that a request brought, only that something broke. */
export function tipErrorPages(scope: FastifyInstance, noteFailure: (type: string) => void): void {
  scope.setErrorHandler(async (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const problem = asProblem(error)
    if (problem.status >= 500 && !(error instanceof Problem)) noteFailure(error.name)
    return sendProblem(request, reply, problem, 'tips/problem')
  })
}

interface FieldProblem {
  status: number
  field: 'message' | 'contact'
  text: string
}

function problemWith({ message, contact }: Fields, filesSuffice?: boolean): FieldProblem | undefined {
  if (!message.trim() && !filesSuffice) {
    return { status: 422, field: 'message', text: filesSuffice === undefined ? said.empty : said.nothing }
  }
  if (message.length > MOST_CHARACTERS) return { status: 413, field: 'message', text: said.tooLong }
  if (contact.length > 1_000) return { status: 422, field: 'contact', text: said.longContact }
  return undefined
}

interface Status {
  kept: Kept
  codename: string
  added?: boolean
  fields?: Fields
  problem?: FieldProblem
  erasureProblem?: string
}

function statusPage(reply: FastifyReply, status: Status): Promise<FastifyReply> {
  const failed = status.problem?.status ?? (status.erasureProblem ? 422 : 200)
  return secretPage(reply, 'tips/status', { title: 'Your tip', ...status }, failed)
}

function returnForm(reply: FastifyReply, problem?: string): Promise<FastifyReply> {
  return secretPage(reply, 'tips/return', { title: 'Come back to your tip', problem }, problem ? 422 : 200)
}

function secretPage(reply: FastifyReply, view: string, model: object, status = 200): Promise<FastifyReply> {
  return reply.page(view, model, { cache: 'secret', status })
}
