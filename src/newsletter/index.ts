import type { Config } from '../config.js'
import type { Feature } from '../foundation/feature.js'
import { readOrCreateSecret } from '../foundation/secret.js'
import { fillTime } from './fill-time.js'
import { newsletterRoutes } from './routes.js'
import { type NewsletterService, type NewsletterServices, newsletterService } from './service.js'

export type { ListDay, NewsletterService } from './service.js'

type Services = Omit<NewsletterServices, 'siteUrl'> & { config: Config }

/** Signing up for the newsletter, confirming by mail, and leaving. */
export function newsletterFeature({ config, ...services }: Services): Feature<NewsletterService> {
  return async scope => {
    const { clock } = services
    const newsletter = newsletterService({ ...services, siteUrl: config.siteUrl })
    const secret = readOrCreateSecret(config.dataDir, 'secret-key')
    newsletterRoutes(scope, {
      newsletter,
      fillTime: fillTime({ secret, clock }),
      clock,
      limits: config.limits,
    })
    return newsletter
  }
}
