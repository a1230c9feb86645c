import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

const Sent = z.object({ csrf: z.string().optional() }).catch({})

/**
 * The token that every form of a session carries, beside what browsers say of where a form comes from. It is a
 * function of the session, so nothing has to be kept (OWASP: HMAC-based token pattern).
 */
export function formToken(session: string): string {
  return createHmac('sha256', session).update('form').digest('base64url')
}

/** Whether a request carries its session's token: in the form, in `x-csrf-token`, or, for uploads, in the address. */
export function hasFormToken(request: FastifyRequest, session: string): boolean {
  const header = request.headers['x-csrf-token']
  const sent = header ?? Sent.parse(request.body ?? {}).csrf ?? Sent.parse(request.query).csrf
  const expected = Buffer.from(formToken(session))
  const given = Buffer.from(typeof sent === 'string' ? sent : '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
