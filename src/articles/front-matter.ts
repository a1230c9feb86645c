import { stringify } from 'yaml'
import { z } from 'zod'
import { Invalid } from '../foundation/errors.js'
import { splitFrontMatter } from '../foundation/markdown/front-matter.js'
import { type Correction, composed } from './corrections/schema.js'
import { type ArticleRow, Instant, Slug, Status } from './schema.js'

// YAML reads an unquoted instant as text already; a bare day means its first moment.
const When = z.preprocess(
  value => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value),
  Instant,
)
const line = z.string().trim()
// Either the sentence that readers see, or what was wrong and what is right, of which it is made.
const FiledCorrection = z
  .object({
    at: When,
    text: line.optional(),
    wrong: line.min(1).optional(),
    right: line.min(1).optional(),
  })
  .transform(({ text, ...one }, context) => {
    const { wrong, right } = one
    if (text) return { ...one, text }
    if (wrong && right) return { ...one, text: composed({ wrong, right }) }
    context.addIssue('needs a text, or wrong and right')
    return z.NEVER
  })
const Image = z.object({
  file: line.min(1),
  alt: line.default(''),
  caption: line.default(''),
  credit: line.default(''),
})

/** An article as a Markdown file with front matter holds it; the contract names the fields. */
export const ArticleFile = z.object({
  title: line.min(1).max(300),
  dek: line.max(1_000).default(''),
  slug: Slug,
  section: Slug,
  tags: z.array(Slug).max(50).default([]),
  authors: z.array(Slug).max(50).default([]),
  status: Status.default('draft'),
  published: When.optional(),
  updated: When.optional(),
  updateReason: line.optional(),
  image: Image.optional(),
  /** true: the site's quick note, false: none, a text: this one instead */
  quickNote: z.union([z.boolean(), line]).default(true),
  canonicalUrl: z.url({ protocol: /^https?$/ }).optional(),
  formerSlugs: z.array(Slug).default([]),
  withdrawnReason: line.optional(),
  corrections: z.array(FiledCorrection).default([]),
  body: z.string(),
})
export type ArticleFile = z.infer<typeof ArticleFile>

/**
 * Reads an article's file.
 * @throws Invalid naming every field that is not as the contract says
 */
export function readArticleFile(text: string): ArticleFile {
  const { front, body } = splitFrontMatter(text)
  const result = ArticleFile.safeParse({ ...front, body })
  if (result.success) return result.data
  throw new Invalid(result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}

/** What stands beside an article's own row in its file. `picture` is the name of the one at its top. */
export interface FiledBeside {
  tags: string[]
  authors: string[]
  formerSlugs: string[]
  corrections: Correction[]
  picture: string | undefined
}

/** Writes an article as the file that `readArticleFile` reads; what would say nothing is left out. */
export function writeArticleFile(
  row: ArticleRow,
  { tags, authors, formerSlugs, corrections, picture }: FiledBeside,
): string {
  const { title, dek, slug, section, status, published, updated, updateReason, body } = row
  const image = picture && {
    file: picture,
    ...stated({ alt: row.heroAlt, caption: row.heroCaption, credit: row.heroCredit }),
  }
  const front = stated({
    title: title || 'Untitled',
    ...{ dek, slug, section, tags, authors, status, published, updated, updateReason, image },
    quickNote: row.quickNote === '' ? false : row.quickNote,
    canonicalUrl: row.canonicalUrl,
    formerSlugs,
    withdrawnReason: row.withdrawnReason,
    corrections: corrections.map(({ at, text, wrong, right }) => stated({ at, text, wrong, right })),
  })
  return `---\n${stringify(front, { lineWidth: 0 })}---\n${body}`
}

function stated(fields: Record<string, unknown>): Record<string, unknown> {
  const silent = (value: unknown) => value === null || value === undefined || value === ''
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => !silent(value) && !(Array.isArray(value) && value.length === 0),
    ),
  )
}
