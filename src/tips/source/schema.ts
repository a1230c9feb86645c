import { z } from 'zod'

const text = z.string().optional()
const plain = text.transform(value => value ?? '')

/** The fields of all forms; a field that came twice is refused. */
export const Fields = z.object({
  message: text.transform(value => (value ?? '').replace(/\r\n/g, '\n')),
  contact: text.transform(value => (value ?? '').trim()),
  codename: plain,
  certain: text,
  /** the token of a source who has come back, in every form of their page */
  session: plain,
  /** the batch before which earlier replies are asked for */
  before: z.coerce.number().int().positive().optional().catch(undefined),
  /** from the source's own script: the lookup id, base64url */
  lookup: plain,
  /** from the source's own script: to whom replies are sealed, `age1…` */
  source_key: plain,
  /** from the source's own script: a solved challenge */
  pow: plain,
})
export type Fields = z.infer<typeof Fields>

/** A lookup id of 32 bytes as the source's script sends it. */
export const Lookup = z
  .string()
  .regex(/^[\w-]{43}$/)
  .transform(value => Buffer.from(value, 'base64url'))
