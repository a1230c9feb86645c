import type { FastifyReply, FastifyRequest } from 'fastify'
import { Token } from './schema.js'
import { SESSION_LASTS } from './service.js'

export type SessionCookie = ReturnType<typeof sessionCookie>

/**
 * The one cookie of the site, for staff alone. On https its name keeps other hosts of the domain from
 * setting it (RFC 6265bis, 4.1.3.2).
 */
export function sessionCookie({ https }: { https: boolean }) {
  const name = https ? '__Host-handpress' : 'handpress'
  const attributes = { path: '/', httpOnly: true, secure: https, sameSite: 'lax' as const }
  return {
    /** whether browsers send it over https only */
    secure: https,
    /** The session's token; undefined when there is none of its shape. */
    read(request: FastifyRequest): string | undefined {
      return Token.safeParse(request.cookies[name]).data
    },

    set(reply: FastifyReply, token: string): void {
      reply.setCookie(name, token, { ...attributes, maxAge: SESSION_LASTS / 1_000 })
    },

    clear(reply: FastifyReply): void {
      reply.clearCookie(name, attributes)
    },
  }
}
