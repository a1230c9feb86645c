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

/** What somebody does whose link opens nothing any more, by what the link was for. */
const ways = {
  confirm: 'Sign up again on the page “Newsletter” and use the link in the newest mail.',
  leave:
    'Use the link at the foot of the newest mail. If none comes any more, your address is not on the list: nothing is left to do.',
  own: 'Use the link at the foot of the newest mail. If none comes any more, your address is not on the list; you may sign up again on the page “Newsletter”.',
  move: 'If the mail does not come to the new address yet, follow the link “Change what you get” in the newest issue and ask once more.',
} as const

class ClosedLink extends NotFound {
  override readonly heading = 'This link does not open'
}

/** What a link belongs to, or the page that says what to do. @throws NotFound */
export function found<Thing>(thing: Thing | undefined, way: keyof typeof ways): Thing {
  if (thing !== undefined) return thing
  throw new ClosedLink(
    `It was used, has expired, was replaced by a newer one, or is not complete. ${ways[way]}`,
  )
}
