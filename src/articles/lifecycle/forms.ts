import { z } from 'zod'
import type { Dates } from '../../foundation/dates.js'
import { readPlannedTime } from '../../foundation/planned-time.js'
import { CorrectionForm } from '../corrections/schema.js'

const sentence = (empty: string, most: number) =>
  z
    .string(empty)
    .trim()
    .min(1, empty)
    .max(most, `Say it in at most ${most} characters.`)
    .refine(text => !/[\p{Surrogate}\0]/u.test(text), 'Take out the characters that are no text.')

/** When an article is to be published, as clocks in the site's time zone show it. */
export function ScheduleForm(dates: Pick<Dates, 'instants' | 'timeZone'>) {
  return z
    .object({ at: z.string().default(''), confirm: z.string().optional(), mail: z.string().optional() })
    .transform((form, context) => {
      const time = readPlannedTime(form.at, dates)
      if (time.problem === undefined)
        return {
          at: time.at,
          twice: time.twice,
          confirmed: form.confirm !== undefined,
          mail: form.mail !== undefined,
        }
      context.addIssue({ code: 'custom', path: ['at'], message: time.problem })
      return z.NEVER
    })
}

/** How a published article is changed. Fields of the kinds that were not chosen do not count. */
export const UpdateForm = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('minor') }),
    z.object({
      kind: z.literal('substantive'),
      reason: sentence('Tell readers what changed, in a sentence.', 300),
    }),
    z.object({ kind: z.literal('correction'), ...CorrectionForm.shape }),
  ],
  'Choose what kind of change this is.',
)

export const WithdrawForm = z.object({
  withdrawnReason: sentence('Tell readers why, in a sentence. It stands at the article’s address.', 1_000),
})
