import { z } from 'zod'
import { Story } from '../schema.js'

/** A lead and three seconds. */
export const TOP_LENGTH = 4

/** What editors said about one story of the top. */
export const Placement = z.object({
  id: z.string(),
  /** 0 is the lead */
  place: z.int(),
  pinned: z.coerce.boolean(),
  /** when it was put there, ISO 8601 */
  chosen: z.string(),
})
export type Placement = z.infer<typeof Placement>

export const PlacedStory = Story.extend(Placement.shape)
export type PlacedStory = z.infer<typeof PlacedStory>

/** Why a story stands where it stands. */
export type Hold = 'pinned' | 'chosen' | 'date'

export const FrontSection = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  shown: z.coerce.boolean(),
})
export type FrontSection = z.infer<typeof FrontSection>
