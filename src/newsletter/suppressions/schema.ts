import { z } from 'zod'
import { email } from '../schema.js'

export const suppressionReasons = [
  'hard-bounce',
  'soft-bounces',
  'complaint',
  'erased',
  'editor',
  'import',
] as const
export const SuppressionReason = z.enum(suppressionReasons)
export type SuppressionReason = z.infer<typeof SuppressionReason>

/** An address that gets no mail. */
export const Suppression = z.object({
  hash: z.string(),
  email: z.string().nullable(),
  reason: SuppressionReason,
  detail: z.string(),
  at: z.string(),
})
export type Suppression = z.infer<typeof Suppression>

/** What an editor enters to keep mail from an address. */
export const NewSuppression = z.object({
  email,
  note: z
    .string('Say why in one text.')
    .trim()
    .max(300, 'This is longer than 300 characters. Shorten it.')
    .regex(/^[^\p{Cc}]*$/u, 'This holds characters that cannot be printed. Type it again.')
    .default(''),
})
export type NewSuppression = z.infer<typeof NewSuppression>
