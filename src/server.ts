import type { FastifyInstance } from 'fastify'

/**
 * Listens, and on SIGTERM or SIGINT stops taking connections, finishes the requests in flight, closes.
 * @returns the address that answers
 * @throws when the address cannot be listened on
 */
export async function serve(
  http: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  const address = await http.listen({ host, port })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      http.close().then(
        () => process.exit(0),
        error => {
          http.log.fatal({ err: error }, 'closing failed')
          process.exit(1)
        },
      )
    })
  }
  return address
}
