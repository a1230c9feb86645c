import { z } from 'zod'

/** Something that was done at the desk. */
export interface Deed {
  /** a past tense: `published`, `signed-in` */
  action: string
  subject: { kind: string; id: string; label: string }
  details?: Record<string, string | number | boolean | null>
}

/** A row of the trail as it is stored. */
export const Entry = z.object({
  number: z.int(),
  at: z.string(),
  accountId: z.string().nullable(),
  accountName: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  subjectLabel: z.string(),
  details: z.string(),
  previous: z.string(),
  mark: z.string(),
})
export type Entry = z.infer<typeof Entry>

/** Where the chain ends, and the proof that it does. */
export const End = z.object({ number: z.int(), mark: z.string(), seal: z.string() })
export type End = z.infer<typeof End>

/** Which entries somebody wants to see, by the account that acted and by what was acted on. */
export interface Filter {
  person: string | undefined
  kind: string | undefined
}

/** The query of the trail's page; what does not fit counts as not said. */
export const Query = z.object({
  person: z.uuid().optional().catch(undefined),
  kind: z
    .string()
    .regex(/^[\w-]{1,40}$/)
    .optional()
    .catch(undefined),
  before: z.coerce.number().int().positive().optional().catch(undefined),
})
