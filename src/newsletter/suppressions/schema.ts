import { z } from 'zod'

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
