import type { FastifyInstance } from 'fastify'
import type { Config } from './config.js'
import { draining } from './draining.js'
import { openConnections } from './foundation/connections.js'
import { optimiseForLong } from './foundation/engine.js'
import { transportPolicy } from './foundation/headers.js'
import { refusal } from './foundation/http-server.js'
import { shutOutSlow } from './slow-clients.js'
import type { Line } from './workers/index.js'

/**
 * Listens, and on SIGTERM or SIGINT stops taking connections, finishes the requests in flight, closes. One of several processes
 * says on its line that it answers, and ends when it is told to: what a terminal sends to all of them is for the first.
 * @returns the address that answers
 * @throws when the address cannot be listened on
 */
export async function serve(
  http: FastifyInstance,
  { host, port, ...policy }: Pick<Config, 'host' | 'port' | 'https' | 'hsts'>,
  line?: Line,
): Promise<string> {
  const connections = openConnections(http.server)
  const { drain } = draining(http.server, connections)
  shutOutSlow(http.server, connections, refusal(408, transportPolicy(policy)))
  const address = await http.listen({ host, port })
  optimiseForLong()
  let ending = false

  const end = (patience: number): void => {
    if (ending) return
    ending = true
    drain(patience)
      .then(() => http.close())
      .then(
        () => process.exit(0),
        error => {
          http.log.fatal({ err: error }, 'closing failed')
          process.exit(1)
        },
      )
  }

  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => {
    if (!line) end(0)
  })
  line?.onRetire(end)
  line?.ready()
  return address
}
