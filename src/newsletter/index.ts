import type { FastifyInstance } from 'fastify'
import type { ArticlesService } from '../articles/index.js'
import type { AuditService } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Room } from '../foundation/desk.js'
import type { Feature } from '../foundation/feature.js'
import { readOrCreateSecret } from '../foundation/secret.js'
import type { MediaService } from '../media/index.js'
import { newsletterRoom } from './admin.js'
import { fillTime } from './sign-up/fill-time.js'
import { newsletterRoutes } from './sign-up/routes.js'
import { type NewsletterServices, newsletterService, type SignUpService } from './sign-up/service.js'

export type { ListDay } from './sign-up/service.js'

type Services = Omit<NewsletterServices, 'siteUrl'> & {
  config: Config
  audit: AuditService
  media: MediaService
  articles: ArticlesService
}

export interface NewsletterService extends SignUpService {
  /** the desk's pages */
  room: Room
}

/** The newsletter: who gets it, what is written, how it goes out, what comes back. */
export function newsletterFeature({ config, ...services }: Services): Feature<NewsletterService> {
  return async scope => {
    const { clock } = services
    const secret = readOrCreateSecret(config.dataDir, 'secret-key')
    const signUp = newsletterService({ ...services, siteUrl: config.siteUrl })
    newsletterRoutes(scope, {
      newsletter: signUp,
      fillTime: fillTime({ secret, clock }),
      clock,
      limits: config.limits,
    })
    // Each part of the desk, in the order of its tabs.
    const parts: ((scope: FastifyInstance) => void)[] = []
    return { ...signUp, room: newsletterRoom(parts) }
  }
}
