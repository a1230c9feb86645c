import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZodError } from 'zod'
import type { Admission } from './admission.js'
import type { AnswerMetrics } from './answer-metrics.js'
import { Invalid, NotFound, Problem, retryAfter } from './errors.js'
import { StorageTrouble, storageTrouble } from './storage-trouble.js'

const headings: Record<number, string> = {
  400: 'This request cannot be read',
  403: 'This page is not open to you',
  404: 'There is no page here',
  405: 'This page does not take that',
  410: 'This page was withdrawn',
  413: 'That was too large',
  409: 'Nothing was changed',
  415: 'This form sends something else',
  422: 'That cannot be used as it is',
  429: 'Please wait a little',
  500: 'Something broke on our side',
  503: 'The press is busy',
}

const sentences: Record<number, string> = {
  400: 'The address or the request is malformed. Check it and try again.',
  413: 'What was sent is larger than this page takes. Send less at once.',
  415: 'Use the form on the page; it sends what this address understands.',
  503: 'Try again in a few seconds.',
}

const apology = 'It has been noted. Try again in a minute; if it happens again, tell us the number below.'

/** Turns whatever was thrown into what a visitor may know of it. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof ZodError) return new Invalid()
  const trouble = storageTrouble(error)
  if (trouble) return trouble
  const status = (error as Partial<FastifyError>).statusCode ?? 500
  return status >= 400 && status < 500
    ? new Problem(status, sentences[status] ?? (sentences[400] as string))
    : new Problem(status === 503 ? 503 : 500, sentences[status] ?? apology)
}

/** Answers with the designed page for a problem; nothing internal is shown, only a number to quote. */
export async function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  view = 'errors/problem',
  furniture: object = {},
): Promise<FastifyReply> {
  const wait = retryAfter(problem)
  if (wait !== undefined) reply.header('retry-after', String(wait))
  reply.removeHeader('content-encoding').removeHeader('etag').removeHeader('last-modified')
  const sentence = sentenceFor(request, problem)
  if (problem.status >= 500 && wantsJson(request))
    return reply
      .code(problem.status)
      .header('cache-control', 'no-store')
      .send({ problem: sentence, retryAfter: wait })
  const heading = problem.heading ?? headings[problem.status] ?? headings[problem.status < 500 ? 400 : 500]
  const { id: requestId, account } = request
  const told = { status: problem.status, message: sentence, retryAfter: wait }
  const model = {
    ...{ problem: told, again: sendAgain(request, problem), heading, title: heading },
    ...{ requestId, account, noindex: true, ...furniture },
  }
  try {
    return await reply.page(view, model, { status: problem.status, cache: 'secret' })
  } catch {
    // The page itself cannot be made (no database, say): a plain sentence still gets through.
    return reply.code(problem.status).type('text/plain; charset=utf-8').send(`${heading}. ${sentence}\n`)
  }
}

function sentenceFor({ method }: FastifyRequest, problem: Problem): string {
  const reads = method === 'GET' || method === 'HEAD'
  return reads && problem instanceof StorageTrouble ? problem.forReading() : problem.message
}

function wantsJson({ headers }: FastifyRequest): boolean {
  const { accept = '' } = headers
  return accept.includes('application/json') && !accept.includes('text/html')
}

/** The form that could not be stored, to be sent once more as it is; passwords are typed again. */
function sendAgain({ url, body }: FastifyRequest, problem: Problem): object | undefined {
  if (!(problem instanceof StorageTrouble) || typeof body !== 'object' || body === null) return undefined
  const fields = Object.entries(body).flatMap(([name, value]) =>
    [value].flat().map(text => ({ name, value: String(text) })),
  )
  const isSecret = fields.some(({ name }) => /password|code$/i.test(name))
  return isSecret || fields.length === 0 ? undefined : { action: url, fields }
}

/** Where what once stood at an address stands now: a path of ours or a whole address; undefined when nobody knows. */
export type Elsewhere = (address: string) => Promise<string | undefined>

/**
 * One handler for all that goes wrong in the scopes that share it.
 * @param elsewhere is asked only when nothing else answers, so that a page that stands always wins
 * @param answers count what no route takes, admission bounds it
 */
export function registerErrorPages(
  app: FastifyInstance,
  elsewhere: Elsewhere,
  { answers, admission }: { answers: AnswerMetrics; admission: Admission },
): void {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = asProblem(error)
    if (problem.status === 404 && (await movedAway(request, reply, elsewhere))) return reply
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
    return sendProblem(request, reply, problem)
  })
  const note = async (request: FastifyRequest, reply: FastifyReply) => answers.noteOne(request, reply)
  app.setNotFoundHandler({ preHandler: [note, admission.admitReader] }, async (request, reply) => {
    if (await movedAway(request, reply, elsewhere)) return reply
    return sendProblem(request, reply, new NotFound())
  })
}

/** Answers 301 where an address leads elsewhere now. Editors may change that, so it is asked about each time. */
export async function movedAway(
  { method, url }: FastifyRequest,
  reply: FastifyReply,
  elsewhere: Elsewhere,
): Promise<boolean> {
  if (method !== 'GET' && method !== 'HEAD') return false
  const target = await elsewhere(url)
  if (target === undefined) return false
  reply.header('cache-control', 'public, no-cache').redirect(target, 301)
  return true
}
