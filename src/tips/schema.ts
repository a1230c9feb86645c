import { z } from 'zod'

export const MOST_CHARACTERS = 50_000
export const MOST_FILES = 10
/** of all files together */
export const MOST_BYTES = 100 * 1_048_576

export const Tip = z.object({ id: z.string(), day: z.string() })
export type Tip = z.infer<typeof Tip>

export const Part = z.object({ batch: z.int(), number: z.int(), day: z.string() })
export type Part = z.infer<typeof Part>

const text = z.string().optional()

/** The fields of both forms; a field that came twice is refused. */
export const Fields = z.object({
  message: text.transform(value => (value ?? '').replace(/\r\n/g, '\n')),
  contact: text.transform(value => (value ?? '').trim()),
  codename: text.transform(value => value ?? ''),
  certain: text,
})
export type Fields = z.infer<typeof Fields>
