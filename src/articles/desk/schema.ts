import { z } from 'zod'

/** The picture above an article, as its editor describes it there. `media` is the picture's id in the library. */
const Hero = z.object({
  media: z.string(),
  alt: z.string(),
  caption: z.string(),
  credit: z.string(),
})

/**
 * The working copy of an article: everything that readers will see of it, as the form holds it. Drafts may be
 * unfinished, so nearly everything may be empty; what publishing needs is checked when it is published.
 */
export const Manuscript = z.object({
  title: z.string(),
  dek: z.string(),
  /** empty: made from the title when the article is first published */
  slug: z.string(),
  /** Markdown, byte for byte as it was written */
  body: z.string(),
  /** id of the section */
  section: z.string(),
  /** names, in their order; new ones are made on saving */
  tags: z.array(z.string()),
  /** ids of authors, in the order of the byline */
  authors: z.array(z.string()),
  hero: Hero.nullable(),
  /** null: the site's own; empty: none; else this one */
  quickNote: z.string().nullable(),
  canonicalUrl: z.string().nullable(),
})
export type Manuscript = z.infer<typeof Manuscript>

/** A working copy as it is stored: the same states make the same text. */
export function written(manuscript: Manuscript): string {
  return JSON.stringify(Manuscript.parse(manuscript))
}
