import { z } from 'zod'
import { parseAddress } from './address.js'

export const frequencies = ['every', 'daily', 'weekly'] as const
export const Frequency = z.enum(frequencies)
export type Frequency = z.infer<typeof Frequency>

const Status = z.enum(['pending', 'active', 'unsubscribed'])

export const Subscriber = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  frequency: Frequency,
  status: Status,
  /** why no mail goes there, whatever the status says */
  suppressed: z.string().nullable(),
  /** when it was confirmed for the first time or again, ISO 8601 */
  confirmed: z.string().nullable(),
})
export type Subscriber = z.infer<typeof Subscriber>

/** What a token that stands in the database was made for; links to leave are in it only from earlier versions. */
export const Purpose = z.enum(['confirm', 'unsubscribe', 'move'])
export type Purpose = z.infer<typeof Purpose>

/** Where sign-ups come from; other sites may hold a form as well. */
const Form = z.enum(['front-page', 'article', 'newsletter', 'elsewhere']).catch('elsewhere')

/** An address in a form, read as for delivery and for comparing. */
export const email = z.string('Enter an email address.').transform((value, context) => {
  const parsed = parseAddress(value)
  if (parsed) return parsed
  const message = value.trim()
    ? 'This is no email address. It looks like name@example.org.'
    : 'Enter an email address.'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const name = z
  .string('Enter your name once, as text.')
  .trim()
  .max(100, 'This name is longer than 100 characters. Shorten it.')
  .regex(/^[^\p{Cc}]*$/u, 'This name holds characters that cannot be printed. Type it again.')
  .default('')

const MOST_SECTIONS = 200
const oldForm = 'Choose among the sections that the form shows. Load the page again if it is old.'

/** Slugs of sections, as ticked boxes send them: one text, or several. */
const sections = z
  .union([z.string(), z.array(z.string()).max(MOST_SECTIONS, oldForm)], oldForm)
  .default([])
  .transform(slugs => [...new Set([slugs].flat())])

/** Which mail a reader wants. */
export const Wishes = z.object({
  name,
  frequency: z.enum(frequencies, 'Choose one of the three.').default('weekly'),
  sections,
})
export type Wishes = z.infer<typeof Wishes>

/** What a sign-up form sends. `website` is the field that people never see. */
export const SignUpForm = Wishes.extend({
  email,
  form: Form.default('elsewhere'),
  website: z.string().catch('something').default(''),
  started: z.string('Send the form once, as it is.').default(''),
})
export type SignUpForm = z.infer<typeof SignUpForm>

/** A sign-up, with the ids of the sections it names. */
export const SignUp = z.object({
  email: z.object({ address: z.string(), key: z.string() }),
  name: z.string(),
  frequency: Frequency,
  form: Form,
  sectionIds: z.array(z.string()),
})
export type SignUp = z.infer<typeof SignUp>

/** A sign-up that was acknowledged, as it waits to be worked off. */
export const Received = z.object({
  /** their order */
  number: z.int(),
  at: z.string(),
  /** the version of the sentence that stood beside the button */
  wording: z.string(),
  signUp: z
    .string()
    .transform(text => JSON.parse(text))
    .pipe(SignUp),
})
export type Received = z.infer<typeof Received>

/** Where a reader wants the mail to go. */
export const NewAddress = z.object({ email })

/** What is shown again of a form that was rejected. */
export const Typed = z.object({
  email: z.string().catch(''),
  name: z.string().catch(''),
  frequency: Frequency.catch('weekly'),
  sections: sections.catch([]),
  started: z.string().catch(''),
})
export type Typed = z.infer<typeof Typed>
