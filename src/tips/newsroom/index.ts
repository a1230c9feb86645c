import type { FastifyBaseLogger } from 'fastify'
import type { AuditService } from '../../audit/index.js'
import type { Config } from '../../config.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { editors, type Room } from '../../foundation/desk.js'
import type { Duties } from '../../foundation/duties.js'
import { rounds } from '../../foundation/rounds.js'
import type { MailService } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import type { TipStore } from '../store/index.js'
import { newsroomAdmin } from './admin.js'
import { alertsService } from './alerts.js'
import { casesService } from './cases.js'
import { deedsService } from './deeds.js'
import { keysAdmin } from './keys.admin.js'
import { keysService } from './keys.service.js'
import { resealingAdmin } from './resealing.admin.js'
import { resealingService } from './resealing.service.js'
import { newsroomService } from './service.js'
import { settingsAdmin } from './settings.admin.js'
import { settingsService } from './settings.service.js'

export interface NewsroomDoorServices {
  config: Config
  clock: Clock
  ids: Ids
  db: Database
  audit: AuditService
  site: SiteService
  mail: MailService
  store: TipStore
  log: FastifyBaseLogger
  duties: Duties
  /** false: others serve already, whose deeds are under way */
  isFirst: boolean
}

// Longer than any request may take.
const SURELY_OVER = 600_000

/** The newsroom's door: sealed tips, opened in the browser of whoever has a key. On a first start it makes a key. */
export async function openNewsroomDoor(services: NewsroomDoorServices) {
  const { config, clock, site, log, duties, isFirst } = services
  const parts = { ...services, dataDir: config.dataDir, operatorRecipients: config.tipsRecipients }
  const newsroom = newsroomService(parts)
  const made = await newsroom.makeFirstKey()
  if (made) log.warn(`The newsroom's secret key is in ${made}. Move it off this machine.`)
  const deeds = deedsService(parts)
  const keys = keysService({ ...parts, deeds })
  const settings = settingsService({ ...parts, deeds })
  await keys.noteOperators()
  await keys.reconcile()
  const resealing = resealingService(parts)
  const { recipients } = newsroom
  const cases = casesService({ ...services, deeds, recipients })
  const alerts = alertsService({ ...services, recipients, siteUrl: config.siteUrl })
  duties.add('tip alerts', alerts)
  const cutShort = rounds({
    work: () => deeds.noteCutShort(SURELY_OVER),
    next: async () => undefined,
    failure: 'what another process left half done could not be noted',
    ...{ clock, log },
  })
  duties.add('deeds', cutShort)
  const room: Room = {
    menu: [{ label: 'Tips', path: '/admin/tips', may: editors }],
    open(scope) {
      if (isFirst) scope.addHook('onListen', () => deeds.noteCutShort())
      newsroomAdmin(scope, { ...services, cases, alerts, recipients })
      keysAdmin(scope, { keys, site })
      settingsAdmin(scope, { settings, keys, site })
      resealingAdmin(scope, { resealing, keys })
    },
  }
  return { ...newsroom, expiring: cases.expiring, alerts, keys, room }
}
