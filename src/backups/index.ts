import type { AuditService } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Room } from '../foundation/desk.js'
import type { Duties } from '../foundation/duties.js'
import type { Log } from '../foundation/log.js'
import type { SiteService } from '../site/index.js'
import { backupRoom } from './admin.js'
import { makeInProcess } from './process.js'
import { backupsRepository } from './repository.js'
import { type BackupsService, backupsService } from './service.js'

export type { Premises } from './archive.js'
export { backupCommands } from './commands.js'
export { finishRestore } from './exchange.js'
export { makeBackup } from './making.js'
export { lastBackup } from './mark.js'
export type { Task, Told } from './process.js'
export { damageIn } from './snapshot.sqlite.js'

export interface BackupFeatureServices {
  db: Database
  config: Config
  clock: Clock
  ids: Ids
  audit: AuditService
  duties: Duties
  log: Log
  site: SiteService
}

/** Backups by the clock, with rotation, and the page where owners say when and where. */
export function openBackups({
  config,
  duties,
  ...services
}: BackupFeatureServices): Pick<BackupsService, 'trouble' | 'makeDue'> & { room: Room } {
  const { dataDir, databaseFile, credentials, version, siteUrl } = config
  const backups = backupsService({
    ...services,
    place: { dataDir, databaseFile, credentials },
    about: { program: version, site: siteUrl },
    make: makeInProcess,
  })
  const wake = duties.add('backups', backups)
  const room = backupRoom({ backups, site: services.site, dataDir, wake: () => wake() })
  return { trouble: backups.trouble, makeDue: backups.makeDue, room }
}

/** Why the last backup that the desk or the clock asked for failed; undefined when it did not. For whoever only looks. */
export async function lastFailure(db: Database): Promise<string | undefined> {
  const run = await backupsRepository(db).lastEnded()
  return run?.state === 'failed' ? (run.problem ?? '') : undefined
}
