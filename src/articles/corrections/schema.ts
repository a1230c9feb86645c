import { z } from 'zod'

/** A correction that stands with an article: what was wrong, what is right, and both as readers see them. */
export const Correction = z.object({
  id: z.string(),
  at: z.string(),
  text: z.string(),
  wrong: z.string(),
  right: z.string(),
  /** when it was last reworded; empty: never */
  changed: z.string(),
})
export type Correction = z.infer<typeof Correction>

/** A correction in the list of all, with the article that it belongs to. */
export const ListedCorrection = Correction.extend({ slug: z.string(), title: z.string() })
export type ListedCorrection = z.infer<typeof ListedCorrection>

/** An article as its corrections need it. */
export const CorrectedArticle = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  status: z.string(),
})
export type CorrectedArticle = z.infer<typeof CorrectedArticle>

const sentence = (empty: string) =>
  z
    .string(empty)
    .trim()
    .min(1, empty)
    .max(2_000, 'Say it in at most 2,000 characters.')
    .refine(text => !/[\p{Surrogate}\0]/u.test(text), 'Take out the characters that are no text.')

export const CorrectionForm = z.object({
  wrong: sentence('Say what was wrong, as a sentence for readers.'),
  right: sentence('Say what is right, as a sentence for readers.'),
})
export type CorrectionForm = z.infer<typeof CorrectionForm>

/** What a correction says in one: the two sentences, each ended where its writer left that out. */
export function composed({ wrong, right }: CorrectionForm): string {
  return `${ended(wrong)} ${ended(right)}`
}

function ended(text: string): string {
  return /[.!?…。！？:"”’»)]$/u.test(text) ? text : `${text}.`
}
