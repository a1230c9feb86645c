import { z } from 'zod'
import { type PartKind, type Tip, TipState } from '../store/index.js'

/** Somebody who may see to tips. */
export const Colleague = z.object({ id: z.string(), name: z.string() })
export type Colleague = z.infer<typeof Colleague>

/** A tip as a line of the inbox. */
export interface Line extends Tip {
  /** what it is called among colleagues: the beginning of its id */
  name: string
  messages: number
  files: number
  replies: number
  /** name of who sees to it; empty for nobody */
  assignee: string
  /** days until it is shredded, while they are few and it is not pinned */
  daysLeft: number | undefined
}

/** What came or was written at one time. */
export interface Batch {
  number: number
  kind: PartKind
  day: string
  parts: { number: number; size: number | undefined }[]
}

/** A tip with all that belongs to it, still sealed. */
export interface Case extends Line {
  batches: Batch[]
  colleagues: Colleague[]
  /** days until it is shredded when nobody writes; undefined while it is pinned */
  expires: number | undefined
}

/** What the inbox can be narrowed to; what does not fit counts as not said. */
export const InboxQuery = z.object({
  state: TipState.optional().catch(undefined),
  show: z.enum(['mine', 'expiring']).optional().catch(undefined),
  after: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}\.[0-9a-f]{32}$/)
    .transform(text => ({ lastDay: text.slice(0, 10), id: text.slice(11) }))
    .optional()
    .catch(undefined),
})
export type InboxQuery = z.infer<typeof InboxQuery>

export const StateForm = z.object({ state: z.enum(TipState.options, 'Choose a state.') })
export const AssignmentForm = z.object({ assigned: z.string('Choose somebody.').max(64, 'Choose somebody.') })
export const ShreddingForm = z.object({
  certain: z.literal('yes', 'Tick the box to confirm that the tip is to be shredded.'),
})
export const AlertsForm = z.object({ send: z.literal('yes').optional() })
