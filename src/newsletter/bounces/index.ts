import type { FastifyInstance } from 'fastify'
import { tagOf } from '../../mail/index.js'
import { bounceListener } from './listener.js'
import { eventRoutes, eventsToken } from './routes.js'
import { type BounceServices, type BouncesService, bouncesService } from './service.js'

export type { BouncesService } from './service.js'

type Services = Omit<BounceServices, 'tagOf'> & {
  mailFrom: string
  /** where an SMTP server for bounces listens; without it there is none */
  bounceListen: { host: string; port: number } | undefined
  secret: Buffer
  siteUrl: string
}

/** What comes back: the service, and the ways in by SMTP and by relays' events. */
export function openBounces(
  scope: FastifyInstance,
  { mailFrom, bounceListen, secret, siteUrl, ...services }: Services,
): { bounces: BouncesService; eventsAddress: string } {
  const own = (address: string) => tagOf(mailFrom, address)
  const bounces = bouncesService({ ...services, tagOf: own })
  const token = eventsToken(secret)
  eventRoutes(scope, { bounces, token })
  if (bounceListen) {
    const isReturnPath = (address: string) => services.tokens.readReturnTag(own(address) ?? '') !== undefined
    const listener = bounceListener({ ...bounceListen, bounces, isReturnPath, log: scope.log })
    scope.addHook('onListen', () => listener.start())
    scope.addHook('onClose', () => listener.stop())
  }
  return { bounces, eventsAddress: `${siteUrl}/newsletter/events/${token}` }
}
