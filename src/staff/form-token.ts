import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { firstField } from './first-part.js'
import type { StaffKeys } from './keys.js'

const Sent = z.object({ csrf: z.string().optional() }).catch({})

/**
 * The token that every form of a session carries, beside what browsers say of where a form comes from. It is a
 * function of the session, so nothing has to be kept (OWASP: HMAC-based token pattern), and it outlives the renewal
 * of the session's cookie: a page that is open in another tab still saves.
 * @param session the session's id, which is not what its cookie holds
 */
export function formToken(keys: StaffKeys, session: string): string {
  return keys.mark('form', session)
}

/** Whether a request carries its session's token: in `x-csrf-token` or in the form, where it brings files as its first field. */
export async function hasFormToken(
  request: FastifyRequest,
  keys: StaffKeys,
  session: string,
): Promise<boolean> {
  const header = request.headers['x-csrf-token']
  const sent = header ?? Sent.parse(request.body ?? {}).csrf ?? (await beforeFiles(request))
  return keys.isMark('form', session, typeof sent === 'string' ? sent : '')
}

async function beforeFiles({ headers, raw }: FastifyRequest): Promise<string | undefined> {
  if (!/^multipart\/form-data\b/i.test(headers['content-type'] ?? '')) return undefined
  const first = await firstField(raw)
  return first?.name === 'csrf' ? first.value : undefined
}
