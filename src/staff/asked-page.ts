import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

const DESK = '/admin'
const LONGEST = 1_000

// Only ever back to the desk: a link must not lead from a page of trust to somebody else's (open redirect).
const Page = z
  .string()
  .max(LONGEST)
  .regex(/^\/admin(\/[\w-]+)*(\?[\w.~*!'()%&=+-]*)?$/)

const Query = z.object({ next: Page.optional().catch(undefined) })

/** The page of the desk that somebody asked for before we asked who they are; undefined when none of the desk is named. */
export function askedPage({ query }: Pick<FastifyRequest, 'query'>): string | undefined {
  return Query.parse(query).next
}

/** The address of a page that leads on to another one; the desk's first is where it leads anyway. */
export function leadingTo(door: string, page: string | undefined): string {
  const next = Page.safeParse(page).data
  return next === undefined || next === DESK ? door : `${door}?next=${encodeURIComponent(next)}`
}
