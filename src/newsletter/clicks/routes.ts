import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.js'
import { clientKey, limiter, unlimited } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import type { ClicksService } from './service.js'

export interface ClickRouteServices {
  clicks: ClicksService
  memory: Memory
  limits: boolean
}

const MINUTE = 60_000

const Link = z.object({
  issue: z.coerce.number().int().min(1).max(2_147_483_647),
  position: z.coerce.number().int().min(1).max(100_000),
})

/**
 * The addresses that links of issues have while clicks are counted. They lead only where the issue led when it was sent, so that
 * nobody can use them to dress up an address of their own; no cookie is set and nothing of the reader is kept.
 */
export function clickRoutes(scope: FastifyInstance, { clicks, memory, limits }: ClickRouteServices): void {
  // So that one client can neither make up an interest nor keep the database busy.
  const perClient = limits ? limiter({ name: 'clicks', max: 60, windowMs: 10 * MINUTE, memory }) : unlimited

  scope.get('/newsletter/go/:issue/:position', async (request, reply) => {
    const link = Link.safeParse(request.params)
    if (!link.success) throw new NotFound()
    const { issue, position } = link.data
    const url = await clicks.follow(
      issue,
      position,
      isReader(request.headers, request.method) && (await mayCount(request.ip)),
    )
    if (!url) throw new NotFound()
    return reply.header('cache-control', 'no-store').redirect(url, 302)
  })

  async function mayCount(ip: string): Promise<boolean> {
    try {
      await perClient(clientKey(ip))
      return true
    } catch {
      return false
    }
  }
}

/** Programs that only look whether a link works, or fetch it in advance, say so. */
function isReader(headers: Record<string, unknown>, method: string): boolean {
  return method === 'GET' && !headers['sec-purpose'] && headers.purpose !== 'prefetch'
}
