import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Said } from '../foundation/desk.js'
import { staffCookieName } from './session-cookie.js'

const Kept = z.object({
  text: z.string(),
  undo: z.object({ action: z.string().regex(/^\/admin\//), label: z.string() }).optional(),
})

const nameOf = (secure: boolean) => staffCookieName('handpress-said', secure)
const attributes = { path: '/', httpOnly: true, sameSite: 'lax' as const }

/** Keeps a sentence for the next page that this browser opens, for a minute at most. */
export function keepSaid(reply: FastifyReply, said: Said, secure: boolean): void {
  const value = Buffer.from(JSON.stringify(said)).toString('base64url')
  reply.setCookie(nameOf(secure), value, { ...attributes, secure, maxAge: 60 })
}

/** What was kept, which is shown once. */
export function takeSaid(request: FastifyRequest, reply: FastifyReply, secure: boolean): Said | undefined {
  const value = request.cookies[nameOf(secure)]
  if (!value) return undefined
  reply.clearCookie(nameOf(secure), { ...attributes, secure })
  try {
    return Kept.parse(JSON.parse(Buffer.from(value, 'base64url').toString())) as Said
  } catch {
    return undefined
  }
}
