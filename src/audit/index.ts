import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { findRing, type Keyholder, readOrCreateRing } from '../foundation/secret.js'
import { auditRepository } from './repository.js'
import { type AuditService, auditService } from './service.js'

export { auditRoom } from './admin.js'
export type { AuditService } from './service.js'

/** The audit trail, which every feature's desk writes to. It opens first, since all others note what they do. */
export function openAudit({
  keys,
  ...services
}: {
  db: Database
  clock: Clock
  keys: Keyholder
}): AuditService {
  return auditService({ ...services, ring: readOrCreateRing(keys, 'audit-key') })
}

/**
 * Walks the whole trail, over a database that is only looked at.
 * @returns undefined without the key that marks the entries
 */
export async function verifyTrail(db: Database, keys: Keyholder) {
  const ring = findRing(keys, 'audit-key')
  const clock = () => new Date(0)
  return ring && auditService({ db, clock, ring }).verify()
}

/** When something was last noted in the trail, ISO 8601; empty where nothing was. */
export async function lastDeed(db: Database): Promise<string[]> {
  const [entry] = await auditRepository(db).before(
    Number.MAX_SAFE_INTEGER,
    { person: undefined, kind: undefined },
    1,
  )
  return entry ? [entry.at] : []
}
