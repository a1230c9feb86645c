import type { FastifyReply, FastifyRequest } from 'fastify'
import { lifetimes } from './lifetimes.js'
import { Token } from './schema.js'

/**
 * On https the name keeps whoever is on the line, and other hosts of the domain, from setting it; browsers take such a name for the
 * whole site only (RFC 6265bis, 4.1.3.2).
 */
export function staffCookieName(name: string, https: boolean): string {
  return https ? `__Host-${name}` : name
}

export type SessionCookie = ReturnType<typeof sessionCookie>

/** The cookies of the site, for staff alone. */
export function sessionCookie({ https }: { https: boolean }) {
  const [name, deviceName, halfName] = [
    staffCookieName('handpress', https),
    staffCookieName('handpress-device', https),
    staffCookieName('handpress-half', https),
  ]
  const attributes = { path: '/', httpOnly: true, secure: https, sameSite: 'lax' as const }
  const device = { ...attributes, maxAge: lifetimes.knownDevice / 1_000 }
  const half = { ...attributes, maxAge: lifetimes.halfSignIn / 1_000 }

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
      reply.setCookie(deviceName, mark, device)
    },

    /** What marks a browser that signed in before; anything may stand there. */
    readMark(request: FastifyRequest): string | undefined {
      return request.cookies[deviceName]
    },

    /** Between the password and the second factor. */
    setHalf(reply: FastifyReply, token: string): void {
      reply.setCookie(halfName, token, half)
    },

    readHalf(request: FastifyRequest): string | undefined {
      return Token.safeParse(request.cookies[halfName]).data
    },

    clearHalf(request: FastifyRequest, reply: FastifyReply): void {
      if (request.cookies[halfName]) reply.clearCookie(halfName, half)
    },
  }
}
