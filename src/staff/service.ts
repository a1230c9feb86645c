import type { AuditService } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Log } from '../foundation/log.js'
import type { MailService } from '../mail/index.js'
import type { SiteService } from '../site/index.js'
import { arrivals } from './arrivals.js'
import { attempts } from './attempts.js'
import { challenges } from './challenges.js'
import { entrance } from './entrance.js'
import type { StaffKeys } from './keys.js'
import { knownDevices } from './known-devices.js'
import { letters } from './letters.js'
import { ownAccount } from './own-account.js'
import { passkeys } from './passkeys.js'
import { people } from './people.js'
import { recoveryCodes } from './recovery-codes.js'
import { resets } from './resets.js'
import { sessions } from './sessions.js'
import { totp } from './totp.js'

export interface StaffServices {
  db: Database
  clock: Clock
  ids: Ids
  log: Log
  config: Pick<Config, 'siteUrl' | 'limits'>
  audit: AuditService
  mail: MailService
  site: SiteService
  keys: StaffKeys
  /** to be called once somebody's role was changed, or their account disabled or removed: others may hold things for them */
  standingChanged?: () => Promise<void>
}

export type StaffService = ReturnType<typeof staffService>

/** Everything about colleagues, one noun to a file. */
export function staffService(services: StaffServices) {
  const { db, clock, keys, config } = services
  const { siteUrl, limits } = config
  const parts = {
    ...services,
    siteUrl,
    sessions: sessions(services),
    attempts: attempts({ db, clock, keys, limits }),
    devices: knownDevices(keys),
    totp: totp(services),
    recoveryCodes: recoveryCodes(keys),
    passkeys: passkeys({ db, clock, siteUrl, challenges: challenges({ clock, keys }) }),
    letters: letters({ ...services, siteUrl }),
  }
  return {
    ...arrivals(parts),
    ...entrance(parts),
    ...parts.sessions,
    ...ownAccount(parts),
    ...people(parts),
    ...resets(parts),
    apps: parts.totp,
    passkeys: parts.passkeys,
  }
}
