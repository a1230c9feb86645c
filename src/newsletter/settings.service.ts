import { createHash } from 'node:crypto'
import type { AuditService } from '../audit/index.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { Conflict } from '../foundation/errors.js'
import type { SiteService } from '../site/index.js'
import type { DigestsService } from './digests/service.js'
import { changeNewsletterSettings, type NewsletterSettings, newsletterSettings } from './settings.js'

export interface SettingsServices {
  db: Database
  audit: AuditService
  site: SiteService
  digests: DigestsService
}

export type SettingsService = ReturnType<typeof settingsService>

/** Names what the settings are, so that a change is made to what its editor saw. */
export function settingsVersion(settings: NewsletterSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22)
}

/** What editors decide about digests and the counting of clicks. */
export function settingsService({ db, audit, site, digests }: SettingsServices) {
  return {
    async now(): Promise<NewsletterSettings> {
      return newsletterSettings(db)
    },

    /**
     * @param version names the state that the change was made to
     * @returns whether anything changed
     * @throws Conflict when the settings have changed since
     */
    async change(
      actor: Actor,
      version: string,
      changed: Pick<NewsletterSettings, 'daily' | 'weekly' | 'countClicks'>,
    ): Promise<boolean> {
      const didChange = await db.transaction(async tx => {
        const old = await newsletterSettings(tx)
        if (settingsVersion(old) !== version) throw new Conflict()
        const after = { ...old, ...changed }
        if (settingsVersion(after) === version) return false
        await changeNewsletterSettings(tx, changed)
        await digests.settle(tx, old, after)
        await audit.record(tx, actor, {
          action: 'newsletter-settings-changed',
          subject: { kind: 'newsletter', id: 'settings', label: 'Newsletter settings' },
          details: {
            daily: daily(after),
            weekly: weekly(after),
            countClicks: after.countClicks,
          },
        })
        // The sign-up page says whether clicks are counted.
        if (old.countClicks !== after.countClicks) await site.contentChanged(tx)
        return true
      })
      digests.wake()
      return didChange
    },
  }
}

const daily = ({ daily: { on, hour } }: NewsletterSettings) => (on ? `at ${hour}:00` : 'off')
const weekly = ({ weekly: { on, weekday, hour } }: NewsletterSettings) =>
  on ? `day ${weekday} at ${hour}:00` : 'off'
