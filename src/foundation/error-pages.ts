import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZodError } from 'zod'
import { Invalid, NotFound, Problem, TooMany } from './errors.js'

const headings: Record<number, string> = {
  400: 'This request cannot be read',
  403: 'This page is not open to you',
  404: 'There is no page here',
  405: 'This page does not take that',
  410: 'This page was withdrawn',
  413: 'That was too large',
  409: 'Somebody else was faster',
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
  if (problem instanceof TooMany) reply.header('retry-after', String(problem.retryAfter))
  reply.removeHeader('content-encoding').removeHeader('etag').removeHeader('last-modified')
  const heading = headings[problem.status] ?? headings[problem.status < 500 ? 400 : 500]
  const { id: requestId, account } = request
  const model = { problem, heading, title: heading, requestId, account, noindex: true, ...furniture }
  try {
    return await reply.page(view, model, { status: problem.status, cache: 'secret' })
  } catch {
    // The page itself cannot be made (no database, say): a plain sentence still gets through.
    return reply
      .code(problem.status)
      .type('text/plain; charset=utf-8')
      .send(`${heading}. ${problem.message}\n`)
  }
}

/** Where what once stood at an address stands now: a path of ours or a whole address; undefined when nobody knows. */
export type Elsewhere = (address: string) => Promise<string | undefined>

/**
 * One handler for all that goes wrong in the scopes that share it.
 * @param elsewhere is asked only when nothing else answers, so that a page that stands always wins
 */
export function registerErrorPages(app: FastifyInstance, elsewhere: Elsewhere): void {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = asProblem(error)
    if (problem.status === 404 && (await movedAway(request, reply, elsewhere))) return reply
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler(async (request, reply) => {
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
