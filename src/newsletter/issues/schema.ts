import { z } from 'zod'
import { frequencies } from '../schema.js'

export const Origin = z.enum(['desk', 'article', 'daily', 'weekly', 'command'])
export type Origin = z.infer<typeof Origin>

export const IssueStatus = z.enum(['draft', 'scheduled', 'held', 'sent'])
export type IssueStatus = z.infer<typeof IssueStatus>

const Strings = z.array(z.string())
const SectionIds = z.string().transform(text => Strings.parse(JSON.parse(text)))

/** An issue as it is stored. */
export const Issue = z.object({
  id: z.string(),
  number: z.int().nullable(),
  slug: z.string().nullable(),
  subject: z.string(),
  preheader: z.string(),
  intro: z.string(),
  outro: z.string(),
  frequency: z.enum(frequencies).nullable(),
  sections: SectionIds,
  origin: Origin,
  status: IssueStatus,
  sendAt: z.string().nullable(),
  sent: z.string().nullable(),
  version: z.int(),
  created: z.string(),
  changed: z.string(),
  removed: z.string().nullable(),
})
export type Issue = z.infer<typeof Issue>

/** An article of an issue, with what the desk says of it. */
export const IssueArticle = z.object({
  id: z.string(),
  form: z.enum(['full', 'dek']),
  title: z.string(),
  slug: z.string(),
  status: z.string(),
})
export type IssueArticle = z.infer<typeof IssueArticle>

/** An issue as the archive lists it. */
export const ArchivedIssue = z.object({
  id: z.string(),
  number: z.int(),
  slug: z.string(),
  subject: z.string(),
  preheader: z.string(),
  sent: z.string(),
})
export type ArchivedIssue = z.infer<typeof ArchivedIssue>

const line = (most: number, longer: string) =>
  z
    .string()
    .trim()
    .max(most, longer)
    .refine(text => !/[\p{Cc}\p{Surrogate}]/u.test(text), 'Take out the characters that cannot be printed.')
    .default('')

const text = z
  .string()
  .max(50_000, 'This is longer than 50,000 characters. Make an article of it.')
  .refine(value => !/[\p{Surrogate}\0]/u.test(value), 'Take out the characters that are no text.')
  .transform(value => value.replace(/\r\n?/g, '\n'))
  .default('')

const several = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform(value => [value].flat())

export const MOST_ARTICLES = 50

/** What the desk's form of an issue sends: all of it, and which button was pressed. */
export const IssueForm = z
  .looseObject({
    version: z.coerce.number('Load the page again.').int(),
    subject: line(150, 'A subject of more than 150 characters is cut off everywhere. Shorten it.'),
    preheader: line(200, 'Mail programs show less than 200 characters of it. Shorten it.'),
    intro: text,
    outro: text,
    audience: z.enum(['all', ...frequencies], 'Choose who gets it.').default('all'),
    sections: several,
    articles: several.pipe(
      z.array(z.uuid()).max(MOST_ARTICLES, `An issue holds at most ${MOST_ARTICLES} articles.`),
    ),
    action: z.string().max(60).default('save'),
    q: z.string().trim().max(200).default(''),
  })
  .transform(({ audience, articles, ...form }) => ({
    ...form,
    frequency: audience === 'all' ? null : audience,
    articles: [...new Set(articles)].map(id => ({
      id,
      form: form[`form-${id}`] === 'full' ? ('full' as const) : ('dek' as const),
    })),
  }))
export type IssueForm = z.infer<typeof IssueForm>

/** What a save writes. */
export interface IssueFields {
  subject: string
  preheader: string
  intro: string
  outro: string
  frequency: Issue['frequency']
  sections: string[]
  articles: Pick<IssueArticle, 'id' | 'form'>[]
}
