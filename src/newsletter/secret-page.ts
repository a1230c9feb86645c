import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NotFound } from '../foundation/errors.js'

/** Shows a page whose address is a reader's secret: kept nowhere, told to nobody. */
export function secretPage(
  reply: FastifyReply,
  view: string,
  model: { title: string; [name: string]: unknown },
  status = 200,
): Promise<FastifyReply> {
  reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex')
  return reply.page(`newsletter/${view}`, { noindex: true, ...model }, { cache: 'secret', status })
}

/** The token in a link's address. */
export function tokenIn(request: FastifyRequest): string {
  return z.object({ token: z.string() }).parse(request.params).token
}

/** What a link belongs to, or the page that says what to do. @throws NotFound */
export function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new NotFound(expired)
  return thing
}

const expired =
  'This link has expired, was replaced by a newer one, or is not complete. Sign up again and use the link in the newest mail.'
