import { z } from 'zod'
import type { Letter } from './letter.js'

interface Addressed {
  to: string
  /** further header fields by name */
  headers?: Record<string, string>
  /** whose bounce it is when it comes back: the tag of its return path */
  returnTag?: string
}

/** A mail that is made for one reader alone. */
interface Whole extends Addressed {
  /** who it is from, for people; the address is the site's */
  fromName: string
  subject: string
  html: string
  text: string
}

/** A mail that others get as well, with values of their own. */
interface Filled extends Addressed {
  letter: Letter
  /** by mark */
  values: Record<string, string>
}

/** A mail as a feature hands it over. */
export type Message = Whole | Filled

const Texts = z.record(z.string(), z.string())
const texts = z.string().transform(text => Texts.parse(JSON.parse(text)))

/** What a letter says, as the outbox keeps it. */
export const LetterText = z.object({
  html: z.string(),
  text: z.string(),
  marks: z.string().transform(text => z.array(z.string()).parse(JSON.parse(text))),
})
export type LetterText = z.infer<typeof LetterText>

/** A mail that waits in the outbox. */
export const Waiting = z.object({
  id: z.string(),
  recipient: z.string(),
  fromName: z.string(),
  subject: z.string(),
  /** empty when it is a copy of a letter */
  html: z.string(),
  text: z.string(),
  letter: z.string().nullable(),
  /** its own values, by the letter's marks */
  filling: texts,
  headers: texts,
  returnTag: z.string().nullable(),
  attempts: z.int(),
  created: z.string(),
})
export type Waiting = z.infer<typeof Waiting>

/** A mail that did not go out. */
export const Troubled = z.object({
  id: z.string(),
  recipient: z.string(),
  subject: z.string(),
  status: z.enum(['queued', 'failed']),
  attempts: z.int(),
  reason: z.string().nullable(),
  created: z.string(),
})
export type Troubled = z.infer<typeof Troubled>
