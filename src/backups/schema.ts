import { z } from 'zod'

/** A backup that was asked for, and what became of it. */
export const Run = z.object({
  id: z.string(),
  /** the day that the clock made it for; null: somebody asked */
  slot: z.string().nullable(),
  asked: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  doing: z.string(),
  bytes: z.number(),
  ended: z.string().nullable(),
  file: z.string().nullable(),
  problem: z.string().nullable(),
})
export type Run = z.infer<typeof Run>

/** A backup that lies in the folder. It has its name only since it was verified. */
export interface KeptBackup {
  name: string
  /** when it was begun, ISO 8601 */
  at: string
  size: number
  sealed: boolean
}
