import type { Feature } from '../foundation/feature.js'
import { contributionsRoutes } from './routes.js'
import { type ContributionsService, type ContributionsServices, contributionsService } from './service.js'

export { givingRoom } from './admin.js'
export { givingService } from './desk.js'
export { WayToGive } from './schema.js'
export type { ContributionsService } from './service.js'

/** The ways in which readers can give, without a middleman of ours. */
export function contributionsFeature(services: ContributionsServices): Feature<ContributionsService> {
  return async scope => {
    const contributions = contributionsService(services)
    contributionsRoutes(scope, { contributions, site: services.site })
    return contributions
  }
}
