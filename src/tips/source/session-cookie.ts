import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

const Token = z.string().regex(/^[\w-]{43}$/)

export type SourceCookie = ReturnType<typeof sourceCookie>

/**
 * The only cookie that a source ever gets: after coming back, for the tip line alone, and without a lifetime, so that
 * browsers keep it in memory. Browsers send it over https only, except to the onion address, which has no https.
 */
export function sourceCookie({ https, onionUrl }: { https: boolean; onionUrl: string | undefined }) {
  const secure = (request: FastifyRequest) =>
    https && !(onionUrl !== undefined && request.hostname === new URL(onionUrl).hostname)
  const name = (request: FastifyRequest) => (secure(request) ? '__Secure-tip' : 'tip')
  const attributes = (request: FastifyRequest) => ({
    ...{ path: '/tips', httpOnly: true, sameSite: 'strict' as const },
    secure: secure(request),
  })

  return {
    /** The token that came; undefined when there is none of its shape. */
    read: (request: FastifyRequest): string | undefined =>
      Token.safeParse(request.cookies[name(request)]).data,

    set(request: FastifyRequest, reply: FastifyReply, token: string): void {
      reply.setCookie(name(request), token, attributes(request))
    },

    /** Takes back a cookie that came, whatever stands in it. */
    clear(request: FastifyRequest, reply: FastifyReply): void {
      if (request.cookies[name(request)] !== undefined) reply.clearCookie(name(request), attributes(request))
    },
  }
}
