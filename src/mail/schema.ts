import { z } from 'zod'

/** A mail as a feature hands it over. */
export interface Message {
  to: string
  /** who it is from, for people; the address is the site's */
  fromName: string
  subject: string
  html: string
  text: string
  /** further header fields by name */
  headers?: Record<string, string>
  /** whose bounce it is when it comes back: the tag of its return path */
  returnTag?: string
}

const Headers = z.record(z.string(), z.string())

/** A mail that waits in the outbox. */
export const Waiting = z.object({
  id: z.string(),
  recipient: z.string(),
  fromName: z.string(),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  headers: z.string().transform(text => Headers.parse(JSON.parse(text))),
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
