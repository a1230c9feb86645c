import type { FastifyInstance } from 'fastify'

/** A feature registers its pages in the scope it is given and returns the service that others may use. */
export type Feature<Service> = (scope: FastifyInstance) => Promise<Service>

/** Opens a feature in a Fastify scope of its own and resolves with its service once its routes stand. */
export async function open<Service>(parent: FastifyInstance, feature: Feature<Service>): Promise<Service> {
  let service: Service | undefined
  await parent.register(async scope => {
    service = await feature(scope)
  })
  return service as Service
}
