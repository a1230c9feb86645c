import type { Actor } from '../../foundation/desk.js'
import {
  dayAfter,
  sparedUntil,
  spareShortened,
  type TipSettings,
  type TipStore,
  tipsRepository,
} from '../store/index.js'
import type { DeedsService } from './deeds.js'

export interface SettingsServices {
  store: TipStore
  deeds: DeedsService
}

/** What a shorter time would do to the tips that lie here. */
export interface Shortening {
  /** for how many days tips are kept now, and would be */
  from: number
  to: number
  /** how many tips' time would be over at once; counted up to a thousand */
  tips: number
  /** the day after which those would be shredded, `2020-12-24` */
  until: string
}

export type SettingsService = ReturnType<typeof settingsService>

const MOST_COUNTED = 1_000

/** What both doors of the tip line go by. */
export function settingsService({ store, deeds }: SettingsServices) {
  const repository = tipsRepository(store.db)

  return {
    settings: (): Promise<TipSettings> => repository.settings(),

    /** @returns undefined when keeping tips for so many days ends none of them at once */
    async shortening(days: number): Promise<Shortening | undefined> {
      const [{ retentionDays }, today] = [await repository.settings(), await store.today()]
      if (days >= retentionDays) return undefined
      const tips = await repository.count(MOST_COUNTED, { silentSince: dayAfter(today, -days - 1) })
      return tips ? { from: retentionDays, to: days, tips, until: sparedUntil(today) } : undefined
    },

    /** Changes the settings. A tip whose end comes nearer by it is kept for the days of the warning. */
    async change(actor: Actor, settings: TipSettings): Promise<void> {
      const subject = { kind: 'tip-line', id: 'settings', label: '' }
      const details = {
        'days kept': settings.retentionDays,
        'recovery key required': settings.recoveryRequired,
      }
      const today = await store.today()
      await deeds.noted(actor, { action: 'changed-settings', subject, details }, () =>
        store.db.transaction(async tx => {
          const before = await tipsRepository(tx).settings()
          const days = { before: before.retentionDays, after: settings.retentionDays }
          await spareShortened(tx, today, days)
          await tipsRepository(tx).changeSettings(settings)
        }),
      )
    },
  }
}
