import { z } from 'zod'
import type { Database } from '../foundation/database.js'
import { settingsRepository } from './settings.repository.js'

const Hour = z.int().min(0).max(23)

/** What editors decide about the newsletter. Hours and weekdays are in the site's time zone; 1 is Monday. */
export const NewsletterSettings = z.object({
  daily: z.object({ on: z.boolean(), hour: Hour }).default({ on: false, hour: 7 }),
  weekly: z
    .object({ on: z.boolean(), weekday: z.int().min(1).max(7), hour: Hour })
    .default({ on: false, weekday: 6, hour: 8 }),
  /** whether links of issues go by this server, which counts them; readers are told */
  countClicks: z.boolean().default(false),
})
export type NewsletterSettings = z.infer<typeof NewsletterSettings>

/** Reads the settings; what was never decided has its default. */
export async function newsletterSettings(db: Database): Promise<NewsletterSettings> {
  return NewsletterSettings.parse(await settingsRepository(db).all())
}

/** Keeps some of the settings, in the transaction that notes who changed them. */
export async function changeNewsletterSettings(
  tx: Database,
  changed: Partial<NewsletterSettings>,
): Promise<void> {
  for (const [name, value] of Object.entries(changed)) await settingsRepository(tx).save(name, value)
}
