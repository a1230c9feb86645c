import { z } from 'zod'
import { Slug } from '../schema.js'

/** What articles are filed under. */
export const TermKind = z.enum(['section', 'tag', 'author'])
export type TermKind = z.infer<typeof TermKind>

/** A section, tag or author as the desk's lists show it. */
export const ListedTerm = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  /** articles filed under it, drafts too */
  articles: z.int(),
})
export type ListedTerm = z.infer<typeof ListedTerm>

/** An author's profile as the desk edits it. */
export interface Profile {
  name: string
  bio: string
  picture: string | null
  pictureAlt: string
  links: { label: string; url: string }[]
  accountId: string | null
}

const control = /[\p{Cc}\p{Surrogate}]/u

const name = z
  .string('Enter a name.')
  .trim()
  .min(1, 'Enter a name.')
  .max(120, 'Enter a name of at most 120 characters.')
  .refine(text => !control.test(text), 'Enter the name as one line of plain text.')

/** Tags are typed in a row with commas between them. */
const tagName = name.refine(text => !text.includes(','), 'Leave commas out of the name of a tag.')

const address = z
  .string()
  .trim()
  .default('')
  .refine(
    text => text === '' || Slug.safeParse(text).success,
    'Use lower-case letters and digits, with hyphens between words, such as local-news.',
  )

const text = (longest: number) =>
  z
    .string()
    .default('')
    .transform(value => value.replace(/\r\n?/g, '\n').trim())
    .refine(value => value.length <= longest, {
      error: () => `Keep it below ${longest.toLocaleString('en')} characters.`,
    })
    .refine(value => !/[\p{Surrogate}\0]/u.test(value), 'Take out the characters that are no text.')

const choice = z
  .string()
  .default('')
  .transform(value => value || null)

// One a line: what it is called, a space, and the address.
const links = text(4_000).transform((value, context) => {
  const read: { label: string; url: string }[] = []
  for (const line of value.split('\n').filter(one => one.trim())) {
    const [, label = '', url = ''] = /^(.*?)\s*(\S+)$/.exec(line.trim()) ?? []
    if (!z.url({ protocol: /^(https?|mailto)$/ }).safeParse(url).success) {
      context.addIssue(`“${line.trim()}” does not end with an address such as https://example.org/me.`)
      return z.NEVER
    }
    read.push({ label: label || url.replace(/^(https?:\/\/|mailto:)/, '').replace(/\/$/, ''), url })
  }
  return read.slice(0, 20)
})

export const SectionForm = z.object({ name, slug: address, description: text(500) })
export const TagForm = z.object({ name: tagName, slug: address })
export const NewTermForm = z.object({ name, slug: address })

/** What people may say of themselves. */
export const OwnProfileForm = z.object({
  name,
  bio: text(2_000),
  picture: choice,
  pictureAlt: text(500),
  links,
})
export const AuthorForm = OwnProfileForm.extend({ slug: address, accountId: choice })

/** What every term's form has. */
export interface Named {
  name: string
  /** empty: made from the name */
  slug: string
}
