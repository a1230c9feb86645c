import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Said } from '../foundation/desk.js'

const Kept = z.object({
  text: z.string(),
  undo: z.object({ action: z.string().regex(/^\/admin\//), label: z.string() }).optional(),
})

const name = 'handpress-said'
const attributes = { path: '/admin', httpOnly: true, sameSite: 'lax' as const }

/** Keeps a sentence for the next page that this browser opens, for a minute at most. */
export function keepSaid(reply: FastifyReply, said: Said, secure: boolean): void {
  const value = Buffer.from(JSON.stringify(said)).toString('base64url')
  reply.setCookie(name, value, { ...attributes, secure, maxAge: 60 })
}

/** What was kept, which is shown once. */
export function takeSaid(request: FastifyRequest, reply: FastifyReply): Said | undefined {
  const value = request.cookies[name]
  if (!value) return undefined
  reply.clearCookie(name, attributes)
  try {
    return Kept.parse(JSON.parse(Buffer.from(value, 'base64url').toString())) as Said
  } catch {
    return undefined
  }
}
