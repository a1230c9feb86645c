import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asProblem, sendProblem } from '../../foundation/error-pages.js'
import { NotFound, Problem } from '../../foundation/errors.js'
import { clientKey } from '../../foundation/limiter.js'
import { onceWentOut } from '../../foundation/went-out.js'
import type { Staged } from '../store/index.js'
import { asRefusal, type FloodDefence, Refusal } from './flood.js'
import { type Intake, intake } from './intake.js'
import { problemWith } from './measures.js'
import type { SourcePages } from './pages.js'
import type { Repeats, SentForm } from './repeats.js'
import { returningRoutes } from './returning/routes.js'
import type { Fields } from './schema.js'
import type { SourceService } from './service.js'

export interface TipRouteServices {
  tips: SourceService
  pages: SourcePages
  flood: FloodDefence
  repeats: Repeats
}

/** The source's door. Nothing here looks at who is asking beyond counting requests in memory. */
export function tipRoutes(scope: FastifyInstance, services: TipRouteServices): void {
  const { tips, pages, flood, repeats } = services

  scope.get('/tips', async (_request, reply) => pages.form(reply))

  // For the source's script, which works on it while it seals.
  scope.get('/tips/challenge', async () => flood.challenge())

  scope.post('/tips', async (request, reply) =>
    staging(request, async into => {
      const { fields, sealed, hadFiles, content, refusal } = await intake(request, into)
      if (refusal) return () => pages.form(reply, { fields, refusal, hadFiles })
      if (sealed) {
        await tips.receiveSealed(into.staged, { lookup: fields.lookup, sourceKey: fields.source_key })
        return () => pages.received(reply)
      }
      const problem = problemWith(fields)
      if (problem) return () => pages.form(reply, { fields, problem, hadFiles })
      const sent = { type: request.headers['content-type'], content }
      if (await repeats.isOne(sent)) return () => pages.receivedBefore(reply)
      const codename = await receive(into.staged, fields).catch(asRefusal)
      if (codename instanceof Refusal) return () => pages.form(reply, { fields, refusal: codename, hadFiles })
      return () => {
        noteOnceAnswered(reply, sent)
        return pages.received(reply, codename)
      }
    }),
  )

  returningRoutes(scope, { ...services, staging })

  // Here, so that addresses nobody has are answered, and not logged, by this scope as well.
  scope.all('/tips/*', async () => {
    throw new NotFound()
  })

  // Where the line broke before, nobody has seen the codename: the same form then makes a tip with another one.
  function noteOnceAnswered(reply: FastifyReply, sent: SentForm): void {
    onceWentOut(reply, () => void repeats.note(sent).catch(() => undefined))
  }

  async function receive(staged: Staged, { message, contact }: Fields): Promise<string> {
    await staged.message(message, contact)
    return tips.receive(staged)
  }

  /** Whatever the work staged and did not keep is gone before the answer that it chose is sent. */
  async function staging(
    request: FastifyRequest,
    work: (into: Intake) => Promise<Answer>,
  ): Promise<FastifyReply> {
    const recipients = await tips.recipients()
    if (recipients.length === 0) throw new Problem(503, closed)
    const staged = tips.stage(recipients)
    let answer: Answer
    try {
      const admit = (proof: string) => flood.sending({ network: clientKey(request.ip), proof })
      answer = await work({ staged, recipients, admit })
    } finally {
      await staged.discard()
      // What is left of a refused upload is read and dropped: unread, it would hold the connection up for the next page.
      request.raw.resume()
    }
    return answer()
  }
}

type Answer = () => Promise<FastifyReply>

const closed = 'The newsroom has no key to seal tips with yet. Nothing was kept. Come back later.'

/** The source's own error pages: they log nothing that a request brought, only that something broke. */
export function tipErrorPages(scope: FastifyInstance, noteFailure: (type: string) => void): void {
  scope.setErrorHandler(async (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const problem = asProblem(error)
    if (problem.status >= 500 && !(error instanceof Problem)) noteFailure(error.name)
    return sendProblem(request, reply, problem, 'tips/problem')
  })
}
