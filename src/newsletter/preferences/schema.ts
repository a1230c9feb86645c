import { z } from 'zod'
import { Subscriber } from '../schema.js'

/** A reader as the own page shows one. */
export const OwnReader = Subscriber.extend({ created: z.string(), unsubscribed: z.string().nullable() })
export type OwnReader = z.infer<typeof OwnReader>

/** A reader who asked to get the mail elsewhere, and where. */
export const Mover = Subscriber.extend({ to: z.string() })
export type Mover = z.infer<typeof Mover>

/** One page of what is kept of a reader: what happened, and where the next page begins. */
export interface KeptPage {
  rows: Record<string, unknown>[]
  next: string | undefined
}

/** What is kept beside the reader's own row, by the names that the export gives them. */
export const keptKinds = ['consents', 'deliveries', 'bounces'] as const
export type KeptKind = (typeof keptKinds)[number]
