import type { FastifyInstance } from 'fastify'
import type { Ring } from '../../foundation/secret.js'
import { returnPath, tagOf } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import { bouncesAdmin } from './admin.js'
import { eventRoutes, eventsToken } from './routes.js'
import { type BounceServices, type BouncesService, bouncesService } from './service.js'

export type { BouncesService } from './service.js'

type Services = Omit<BounceServices, 'tagOf'> & {
  mailFrom: string
  /** where an SMTP server for bounces listens; without it there is none */
  bounceListen: { host: string; port: number } | undefined
  /** of `secret-key` */
  ring: Ring
  site: SiteService
  siteUrl: string
}

/** What comes back: the service, and the ways in by SMTP and by relays' events. */
export async function openBounces(
  scope: FastifyInstance,
  { mailFrom, bounceListen, ring, siteUrl, site, ...services }: Services,
): Promise<{ bounces: BouncesService; eventsAddress: string; pages: (scope: FastifyInstance) => void }> {
  const own = (address: string) => tagOf(mailFrom, address)
  const bounces = bouncesService({ ...services, tagOf: own })
  const token = eventsToken(ring.newest)
  eventRoutes(scope, { bounces, believed: [token, ...ring.older.map(eventsToken)] })
  if (bounceListen) {
    const isReturnPath = (address: string) => services.tokens.readReturnTag(own(address) ?? '') !== undefined
    const { bounceListener } = await import('./listener.js')
    const listener = bounceListener({ ...bounceListen, bounces, isReturnPath, log: scope.log })
    scope.addHook('onListen', () => listener.start())
    scope.addHook('onClose', () => listener.stop())
  }
  const eventsAddress = `${siteUrl.replace('://', `://relay:${token}@`)}/newsletter/events`
  const listening = bounceListen && `${bounceListen.host}:${bounceListen.port}`
  const example = returnPath(mailFrom, '…')
  const pages = (inner: FastifyInstance) =>
    bouncesAdmin(inner, { bounces, site, listening, eventsAddress, example })
  return { bounces, eventsAddress, pages }
}
