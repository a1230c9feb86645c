import type { Feature } from '../foundation/feature.js'
import { type DistributionServices, distributionRoutes } from './routes.js'

/** How the paper reaches machines: feeds, sitemaps and the notices that crawlers look for. */
export function distributionFeature(services: DistributionServices): Feature<void> {
  return async scope => distributionRoutes(scope, services)
}
