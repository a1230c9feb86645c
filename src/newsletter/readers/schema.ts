import { z } from 'zod'
import { email, Frequency, frequencies } from '../schema.js'
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

/** A reader with all that the desk shows of one. */
export const Reader = ListedReader.omit({ number: true }).extend({
  key: z.string(),
  confirmed: z.string().nullable(),
  unsubscribed: z.string().nullable(),
})
export type Reader = z.infer<typeof Reader>

/** Something that a reader agreed to, or that was done to the subscription. */
export const HistoryEvent = z.object({
  at: z.string(),
  event: z.string(),
  form: z.string(),
  wording: z.string(),
  detail: z.string(),
})
export type HistoryEvent = z.infer<typeof HistoryEvent>

/** An issue that was, or will be, mailed to a reader. */
export const Delivered = z.object({
  number: z.int(),
  issueId: z.string(),
  subject: z.string(),
  state: z.string(),
  attempts: z.int(),
  relay: z.string().nullable(),
  reason: z.string().nullable(),
  at: z.string().nullable(),
})
export type Delivered = z.infer<typeof Delivered>

/** A mail that came back, and what was made of it. */
export const CameBack = z.object({
  at: z.string(),
  kind: z.string(),
  code: z.string(),
  reason: z.string(),
  decision: z.string(),
  source: z.string(),
  raw: z.string(),
})
export type CameBack = z.infer<typeof CameBack>

/** What the list is narrowed to. */
export interface ListFilter {
  /** beginnings of words of address and name */
  words: string[]
  /** one whole address */
  key?: string | undefined
  domain?: string | undefined
  state?: ReaderState | undefined
  frequency?: Frequency | undefined
  sectionId?: string | undefined
  /** instants between which they came */
  from?: string | undefined
  until?: string | undefined
}

const day = z.iso.date().or(z.literal('')).catch('').default('')

/** What the address of the list asks for; a filter that makes no sense is no filter. */
export const ListQuery = z.object({
  q: z.string().trim().max(254).catch('').default(''),
  state: ReaderState.or(z.literal('')).catch('').default(''),
  frequency: Frequency.or(z.literal('')).catch('').default(''),
  section: z.string().max(200).catch('').default(''),
  from: day,
  to: day,
  before: z.coerce.number().int().positive().optional().catch(undefined),
  span: z.coerce
    .number()
    .pipe(z.literal([90, 365]))
    .catch(90),
})
export type ListQuery = z.infer<typeof ListQuery>

const name = z
  .string('Enter the name once, as text.')
  .trim()
  .max(100, 'This name is longer than 100 characters. Shorten it.')
  .regex(/^[^\p{Cc}]*$/u, 'This name holds characters that cannot be printed. Type it again.')
  .default('')
const frequency = z.enum(frequencies, 'Choose one of the three.')
const sections = z.preprocess(value => [value ?? []].flat(), z.array(z.string().max(64)).max(200))

/** What an editor may change of a reader. */
export const ReaderForm = z.object({ name, frequency, sections })
export type ReaderForm = z.infer<typeof ReaderForm>

/** A reader whom an editor adds by hand. */
export const NewReaderForm = z.object({
  email,
  name,
  frequency: frequency.default('weekly'),
  sections,
  /** active at once, since the reader agreed elsewhere; or once the reader confirms by the mail that is sent */
  mode: z.enum(['confirm', 'active']).default('confirm'),
  source: z
    .string('Say where and how this reader agreed.')
    .trim()
    .min(1, 'Say where and how this reader agreed: “on paper at the open day, 12 May”.')
    .max(500, 'This is longer than 500 characters. Shorten it.'),
})
export type NewReaderForm = z.infer<typeof NewReaderForm>

/** Why an editor keeps mail away from an address, or lets it through again. */
export const ReasonForm = z.object({
  reason: z
    .string('Say why, for whoever looks at this reader later.')
    .trim()
    .min(1, 'Say why, for whoever looks at this reader later.')
    .max(300, 'This is longer than 300 characters. Shorten it.'),
})
