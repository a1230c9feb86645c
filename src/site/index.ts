import type { Feature } from '../foundation/feature.js'
import type { Pictures } from './pictures.js'
import { siteRoutes } from './routes.js'
import { type SiteService, type SiteServices, siteService } from './service.js'

export { siteRoom } from './admin.js'
export type { Identity } from './schema.js'
export { Identity as IdentitySchema } from './schema.js'
export { type Site, type SiteService, versionOf } from './service.js'
export { standingPagesService } from './standing-pages/service.js'

/** Who the site is, its furniture and its standing pages. */
export function siteFeature(
  services: SiteServices & { pictures: Pick<Pictures, 'byNames'> },
): Feature<SiteService> {
  return async scope => {
    const site = siteService(services)
    siteRoutes(scope, site, services.pictures)
    return site
  }
}
