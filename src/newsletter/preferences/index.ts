import type { FastifyInstance } from 'fastify'
import { type MovingServices, movingService } from './moving.js'
import { type PreferencesRouteServices, preferencesRoutes } from './routes.js'
import { type PreferencesServices, preferencesService } from './service.js'

export { eraser } from './erasure.js'

type Services = PreferencesServices &
  MovingServices &
  Omit<PreferencesRouteServices, 'preferences' | 'moving'>

/** What readers change, take along or have erased by themselves. */
export async function openPreferences(scope: FastifyInstance, services: Services): Promise<void> {
  const preferences = preferencesService(services)
  const moving = movingService(services)
  await preferencesRoutes(scope, { ...services, preferences, moving })
}
