import { z } from 'zod'

/** What the newsroom has done about a tip so far. */
export const TipState = z.enum(['new', 'read', 'replied', 'verifying', 'closed'])
export type TipState = z.infer<typeof TipState>

export const Tip = z.object({
  /** random; holds no time */
  id: z.string(),
  /** of the first message, `2020-12-24` */
  day: z.string(),
  /** of the last message from either side */
  lastDay: z.string(),
  /** `age1…`, the public half of the source's key; empty for a tip from before there was one */
  sourceKey: z.string(),
  state: TipState,
  pinned: z.coerce.boolean(),
  /** kept until this day at the least, since its end came nearer all at once; empty: it did not */
  spared: z.string(),
  /** id of an account */
  assigned: z.string().nullable(),
})
export type Tip = z.infer<typeof Tip>

/** Who a part is from; a note is the newsroom's to itself. */
export const PartKind = z.enum(['source', 'reply', 'note'])
export type PartKind = z.infer<typeof PartKind>

export const Part = z.object({
  /** 1 for the tip itself, then one more for each message, reply or note */
  batch: z.int(),
  /** 0 for the message, then the files in their order */
  number: z.int(),
  day: z.string(),
  kind: PartKind,
})
export type Part = z.infer<typeof Part>

/** Which tips are meant; what is not said does not narrow. */
export interface TipFilter {
  state?: TipState | undefined
  /** id of the account that sees to them */
  assigned?: string | undefined
  /** not pinned, and the last message is of this day or older */
  silentSince?: string | undefined
}

export const PartCounts = z.object({
  tipId: z.string(),
  /** from the source */
  messages: z.int(),
  files: z.int(),
  replies: z.int(),
})
export type PartCounts = z.infer<typeof PartCounts>

export const TipSettings = z.object({
  /** for how long a tip is kept after the last message from either side */
  retentionDays: z.int(),
  /** whether an editor may only have a key while the newsroom has a recovery key */
  recoveryRequired: z.coerce.boolean(),
})
export type TipSettings = z.infer<typeof TipSettings>

/** A part among those of all tips, with what it takes to tell to whom it is sealed. */
export const PlacedPart = Part.extend({
  tipId: z.string(),
  /** how many keys there had been when it was sealed */
  generation: z.int(),
  sourceKey: z.string(),
})
export type PlacedPart = z.infer<typeof PlacedPart>
