import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { readOrCreateSecret } from '../foundation/secret.js'
import { type AuditService, auditService } from './service.js'

export { auditRoom } from './admin.js'
export type { AuditService } from './service.js'

/** The audit trail, which every feature's desk writes to. It opens first, since all others note what they do. */
export function openAudit(services: { db: Database; clock: Clock; dataDir: string }): AuditService {
  return auditService({ ...services, key: readOrCreateSecret(services.dataDir, 'audit-key') })
}
