import type { FastifyInstance } from 'fastify'
import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Duties } from '../../foundation/duties.js'
import type { MailService } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import type { ReaderTokens } from '../tokens.js'
import { mailingAdmin } from './admin.js'
import { issueMails } from './mails.js'
import { type DeliveryService, deliveryService } from './service.js'
import type { OnRefused } from './settle.js'
import { deliveryWorker } from './worker.js'

export type { DeliveryService } from './service.js'

interface Services {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  duties: Duties
  mail: MailService
  site: SiteService
  tokens: ReaderTokens
  siteUrl: string
  onRefused?: OnRefused
}

export interface Delivered extends DeliveryService {
  /** Does all that is due now and resolves when that is done. */
  deliverDue(): Promise<void>
  /** the desk's pages */
  pages(scope: FastifyInstance): void
}

/** The ledger and the worker that takes its mails out, which works while the program listens. */
export function openDelivery(scope: FastifyInstance, services: Services): Delivered {
  const worker = deliveryWorker({
    ...services,
    post: services.mail.post,
    mailsOf: issueMails(services),
    log: scope.log,
  })
  const delivery = deliveryService({ ...services, wake: services.duties.add('delivery', worker) })
  return {
    ...delivery,
    deliverDue: worker.deliverDue,
    pages: desk => mailingAdmin(desk, { ...services, delivery, relays: services.mail.relays }),
  }
}
