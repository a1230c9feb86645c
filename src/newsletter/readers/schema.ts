import { z } from 'zod'
import { Frequency } from '../schema.js'
import { type SuppressionReason, suppressionReasons } from '../suppressions/schema.js'

export const Status = z.enum(['pending', 'active', 'unsubscribed'])
export type Status = z.infer<typeof Status>

/** How a reader stands on the desk's list: what keeps mail away stands above what the reader chose. */
export const ReaderState = z.enum([...Status.options, 'suppressed'])
export type ReaderState = z.infer<typeof ReaderState>

/** A reader as a line of a file tells of one. Times are ISO 8601 in UTC. */
export interface ReaderLine {
  /** for delivery */
  email: string
  /** for telling whether two are the same reader */
  key: string
  name: string
  /** what the file says, if it says anything */
  status?: Status | undefined
  frequency: z.infer<typeof Frequency>
  /** ids of the chosen sections; none: all */
  sections: string[]
  created?: string | undefined
  consented?: string | undefined
  confirmed?: string | undefined
  unsubscribed?: string | undefined
  /** where and how the reader agreed, if the file says it */
  source: string
  suppressed?: { reason: SuppressionReason; at?: string | undefined; detail?: string | undefined } | undefined
}

/** A reader who stands on the list already, as far as an import asks. */
export const KnownReader = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  status: Status,
  suppressed: z.string().nullable(),
  created: z.string(),
  confirmed: z.string().nullable(),
})
export type KnownReader = z.infer<typeof KnownReader>

/** How a file is taken in. */
export const ImportChoices = z.object({
  /** whether its owner vouches that these readers agreed; otherwise nobody becomes active by it */
  confirmed: z.boolean(),
  /** whether those who left come back */
  revive: z.boolean().default(false),
  /** where and how these people agreed; a line's own word goes before it */
  source: z.string(),
})
export type ImportChoices = z.infer<typeof ImportChoices>

/** What became, or would become, of the lines of a file. */
export const ImportCounts = z.object({
  lines: z.int().default(0),
  /** new on the list */
  added: z.int().default(0),
  /** waited for their confirmation, which the owner of the file now vouches for */
  activated: z.int().default(0),
  /** had left and were brought back */
  revived: z.int().default(0),
  /** left elsewhere, after they had joined here */
  left: z.int().default(0),
  /** were on the list without a name, or without the reason against mail that the file knows */
  completed: z.int().default(0),
  /** on the list already, and left as they are */
  known: z.int().default(0),
  /** stood in the file before */
  repeated: z.int().default(0),
  /** on the suppression list */
  suppressed: z.int().default(0),
  /** could not be read */
  invalid: z.int().default(0),
})
export type ImportCounts = z.infer<typeof ImportCounts>

/** A line that could not be taken, and why. */
export const LineProblem = z.object({ line: z.int(), problem: z.string() })
export type LineProblem = z.infer<typeof LineProblem>

/** A reader as the list shows one. */
export const ListedReader = z.object({
  number: z.int(),
  id: z.string(),
  email: z.string(),
  name: z.string(),
  state: ReaderState,
  status: Status,
  suppressed: z.enum(suppressionReasons).nullable().catch(null),
  frequency: Frequency,
  created: z.string(),
})
export type ListedReader = z.infer<typeof ListedReader>
