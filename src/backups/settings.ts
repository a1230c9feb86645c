import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Database } from '../foundation/database.js'
import { backupsRepository } from './repository.js'

const Kept = z.int().min(0).max(366)

/** What owners decide about backups. The hour is in the site's time zone. */
export const BackupSettings = z.object({
  on: z.boolean().default(false),
  hour: z.int().min(0).max(23).default(3),
  /** an absolute path; empty: `backups` in the data folder */
  folder: z.string().default(''),
  /** of how many days, weeks and months the last backup is kept */
  daily: Kept.min(1).default(7),
  weekly: Kept.default(4),
  monthly: Kept.default(6),
  /** age public keys; none: whoever has a backup reads it */
  recipients: z.array(z.string()).default([]),
})
export type BackupSettings = z.infer<typeof BackupSettings>

/** Reads the settings; what was never decided has its default. */
export async function backupSettings(db: Database): Promise<BackupSettings> {
  return BackupSettings.parse(await backupsRepository(db).settings())
}

/** Names what the settings are, so that a change is made to what its owner saw. */
export function settingsVersion(settings: BackupSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22)
}
