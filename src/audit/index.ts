import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { readOrCreateSecret } from '../foundation/secret.js'
import { auditRepository } from './repository.js'
import { type AuditService, auditService } from './service.js'

export { auditRoom } from './admin.js'
export type { AuditService } from './service.js'

/** The audit trail, which every feature's desk writes to. It opens first, since all others note what they do. */
export function openAudit(services: { db: Database; clock: Clock; dataDir: string }): AuditService {
  return auditService({ ...services, key: readOrCreateSecret(services.dataDir, 'audit-key') })
}

/**
 * Walks the whole trail, over a database that is only looked at.
 * @returns undefined without the key that marks the entries
 */
export async function verifyTrail(db: Database, dataDir: string) {
  const file = path.join(dataDir, 'audit-key')
  if (!existsSync(file)) return undefined
  const clock = () => new Date(0)
  return auditService({ db, clock, key: readFileSync(file) }).verify()
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
