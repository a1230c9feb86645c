import type { FastifyInstance } from 'fastify'

/**
 * Lets go of every header that the source's door does not need, before anything else looks at a request: what is not there
 * cannot be logged, kept or told apart by. The first hook of a scope.
 * @param needed names in lower case
 */
export function forgetHeaders(scope: FastifyInstance, needed: ReadonlySet<string>): void {
  scope.addHook('onRequest', async ({ raw }) => {
    for (const name of Object.keys(raw.headers)) if (!needed.has(name)) delete raw.headers[name]
    // As they came over the wire, Node keeps them a second time.
    raw.rawHeaders.length = 0
  })
}
