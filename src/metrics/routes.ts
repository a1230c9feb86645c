import type { FastifyInstance } from 'fastify'
import { Problem } from '../foundation/errors.js'
import type { Family } from '../foundation/metrics.js'
import { type AccessOptions, mayRead } from './access.js'
import { EXPOSITION_TYPE, exposition } from './exposition.js'

const closed =
  'This is for the operator. Ask on the machine itself, not through a proxy, or with the token of METRICS_TOKEN.'

/** `/metrics`. @param gather what all processes measured that share the port */
export function metricsRoutes(
  scope: FastifyInstance,
  { gather, ...access }: AccessOptions & { gather(): Promise<Family[]> },
): void {
  let looking: Promise<Family[]> | undefined

  // Whoever asks meanwhile is answered the same.
  const look = (): Promise<Family[]> => {
    looking ??= gather().finally(() => {
      looking = undefined
    })
    return looking
  }

  scope.get('/metrics', async (request, reply) => {
    const { headers, socket } = request
    if (!mayRead({ address: socket.remoteAddress, headers }, access)) {
      reply.header('www-authenticate', 'Bearer')
      throw new Problem(401, closed)
    }
    return reply
      .headers({ 'cache-control': 'no-store', 'content-type': EXPOSITION_TYPE })
      .send(exposition(await look()))
  })
}
