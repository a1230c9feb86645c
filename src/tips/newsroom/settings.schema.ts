import { z } from 'zod'

export const SettingsForm = z.object({
  retentionDays: z.coerce
    .number('Say for how many days, as a number.')
    .int('Use whole days.')
    .min(7, 'Keep tips for at least 7 days: sources need time to come back.')
    .max(3_650, 'Keep tips for at most 3,650 days.'),
  recoveryRequired: z
    .literal('yes', 'Tick the box, or leave it.')
    .optional()
    .transform(value => value === 'yes'),
  /** the days for which it was confirmed that tips end at once */
  shortened: z.coerce.number().int().optional().catch(undefined),
})
