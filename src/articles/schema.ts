import { z } from 'zod'

/** The last part of an address: lower-case letters and digits of any script, joined by hyphens. */
export const Slug = z
  .string()
  .max(150)
  .regex(
    /^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+(-[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+)*$/u,
    'must be lower-case words joined by hyphens',
  )

export const Instant = z.iso.datetime({ offset: true }).transform(value => new Date(value).toISOString())

const Link = z.object({ label: z.string().min(1), url: z.url({ protocol: /^(https?|mailto)$/ }) })
const Links = z.array(Link)

export const Section = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string(),
})
export type Section = z.infer<typeof Section>

export const Tag = z.object({ id: z.string(), slug: z.string(), name: z.string() })
export type Tag = z.infer<typeof Tag>

export const Author = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  bio: z.string(),
  picture: z.string().nullable(),
  pictureAlt: z.string(),
  links: z.string().transform(text => Links.parse(JSON.parse(text))),
})
export type Author = z.infer<typeof Author>

export const Status = z.enum(['draft', 'scheduled', 'published', 'withdrawn'])

/** A published article as lists show it. */
export const Story = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  dek: z.string(),
  hero: z.string().nullable(),
  heroAlt: z.string(),
  section: z.string(),
  sectionName: z.string(),
  published: z.string(),
  updated: z.string().nullable(),
})
export type Story = z.infer<typeof Story>

/** What was published right before or after an article. */
export const Neighbour = z.object({ side: z.enum(['older', 'newer']), slug: z.string(), title: z.string() })
export type Neighbour = z.infer<typeof Neighbour>

/** An article's own row; what hangs on it (authors, tags, corrections) is fetched beside it. */
export const ArticleRow = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  dek: z.string(),
  body: z.string(),
  status: Status,
  sectionId: z.string(),
  section: z.string(),
  sectionName: z.string(),
  hero: z.string().nullable(),
  heroAlt: z.string(),
  heroCaption: z.string(),
  heroCredit: z.string(),
  quickNote: z.string().nullable(),
  published: z.string().nullable(),
  updated: z.string().nullable(),
  updateReason: z.string().nullable(),
  canonicalUrl: z.string().nullable(),
  withdrawnReason: z.string().nullable(),
  changed: z.string(),
})
export type ArticleRow = z.infer<typeof ArticleRow>

/** Where a listing is cut: the date and id of a story, so that a page far down costs what the first costs. */
export const Cursor = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z_[0-9a-f-]{36}$/)
  .transform(text => {
    const [published = '', id = ''] = text.split('_')
    return { published, id }
  })
export type Cursor = z.infer<typeof Cursor>

export const cursorOf = ({ published, id }: Cursor): string => `${published}_${id}`

/** What a listing lists: everything, or what a section, tag, author or span of time holds. */
export type Listing =
  | { kind: 'all' }
  | { kind: 'section' | 'tag' | 'author'; id: string }
  | { kind: 'span'; from: string; to: string }
