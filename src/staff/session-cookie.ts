import type { FastifyReply, FastifyRequest } from 'fastify'
import { lifetimes } from './lifetimes.js'
import { Token } from './schema.js'

export type SessionCookie = ReturnType<typeof sessionCookie>

/**
 * The cookies of the site, for staff alone. On https the name of the session's keeps other hosts of the domain from
 * setting it (RFC 6265bis, 4.1.3.2).
 */
export function sessionCookie({ https }: { https: boolean }) {
  const name = https ? '__Host-handpress' : 'handpress'
  const shared = { httpOnly: true, secure: https, sameSite: 'lax' as const }
  const attributes = { ...shared, path: '/' }
  const device = { ...shared, path: '/admin', maxAge: lifetimes.knownDevice / 1_000 }
  const half = { ...shared, path: '/admin/sign-in', maxAge: lifetimes.halfSignIn / 1_000 }

  const set = (reply: FastifyReply, token: string): void => {
    reply.setCookie(name, token, { ...attributes, maxAge: lifetimes.session / 1_000 })
  }

  return {
    /** whether browsers send it over https only */
    secure: https,
    /** The session's token; undefined when there is none of its shape. */
    read(request: FastifyRequest): string | undefined {
      return Token.safeParse(request.cookies[name]).data
    },

    set,

    clear(reply: FastifyReply): void {
      reply.clearCookie(name, attributes)
    },

    /** The session of a browser that came in, and the mark by which it is known from now on. */
    enter(reply: FastifyReply, { session, mark }: { session: string; mark: string }): void {
      set(reply, session)
      reply.setCookie('handpress-device', mark, device)
    },

    /** What marks a browser that signed in before; anything may stand there. */
    readMark(request: FastifyRequest): string | undefined {
      return request.cookies['handpress-device']
    },

    /** Between the password and the second factor. */
    setHalf(reply: FastifyReply, token: string): void {
      reply.setCookie('handpress-half', token, half)
    },

    readHalf(request: FastifyRequest): string | undefined {
      return Token.safeParse(request.cookies['handpress-half']).data
    },

    clearHalf(request: FastifyRequest, reply: FastifyReply): void {
      if (request.cookies['handpress-half']) reply.clearCookie('handpress-half', half)
    },
  }
}
