import { z } from 'zod'
import { slugFrom } from '../slugs.js'
import type { Manuscript } from './schema.js'

/** The edit page's form as texts: what its fields are called and what stands in them. */
export interface FormFields {
  title: string
  dek: string
  slug: string
  section: string
  tags: string
  authors: string[]
  body: string
  heroMedia: string
  heroAlt: string
  heroCaption: string
  heroCredit: string
  quickNoteChoice: 'site' | 'none' | 'own'
  quickNote: string
  canonicalUrl: string
  embargo: string
}

/** What a saved form asks for. */
export interface SentManuscript {
  manuscript: Manuscript
  embargo: string
  /** the version that the change was made to */
  version: number
  autosave: boolean
  /** the sender kept the text's line ends as they are; forms without scripts cannot */
  exact: boolean
}

// As CommonMark reads it (0.31, section 2.3); PostgreSQL could not store it either.
const text = z
  .string()
  .default('')
  .transform(value => value.replaceAll('\0', '\u{fffd}'))
const line = text.transform(value => value.replace(/\s*[\r\n]+\s*/g, ' ').trim())
// Said when it is needed: how a language writes numbers takes a start several milliseconds to learn.
const upTo = (most: number, name: string) =>
  line.refine(value => value.length <= most, { error: () => tooLong(name, most) })
const tooLong = (name: string, most: number) =>
  `${name} is longer than ${most.toLocaleString('en')} characters. Shorten it.`

const MOST_TAGS = 50

const Tags = line
  .transform(value => eachOnce(value.split(',').map(name => name.trim().replace(/\s+/g, ' '))))
  .refine(tags => tags.length <= MOST_TAGS, `There are more than ${MOST_TAGS} tags. Remove some.`)
  .refine(tags => tags.every(tag => tag.length <= 100), { error: () => tooLong('A tag', 100) })
  .refine(
    tags => tags.every(tag => slugFrom(tag) !== ''),
    'A tag needs at least one letter or digit. Tags are separated by commas.',
  )

// “Ports, ports” is one tag, as it is once the article is filed.
function eachOnce(names: string[]): string[] {
  const found = new Map<string, string>()
  for (const name of names) if (name && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), name)
  return [...found.values()]
}

const Authors = z
  .preprocess(
    value => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(z.string()),
  )
  .transform(ids => [...new Set(ids)].filter(Boolean))
  .refine(ids => ids.length <= 50, 'There are more than 50 authors. Choose fewer.')

const CanonicalUrl = line
  .refine(
    value =>
      value === '' ||
      z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .safeParse(value).success,
    'The address of the original must be whole and begin with https:// or http://.',
  )
  .transform(value => value || null)

const Version = z.coerce.number().int().min(0).catch(0)

const Fields = z.object({
  title: upTo(300, 'The title'),
  dek: upTo(1_000, 'The dek'),
  slug: line
    .refine(
      value => value === '' || slugFrom(value) !== '',
      'The address needs at least one letter or digit.',
    )
    .transform(slugFrom),
  section: line.refine(Boolean, 'Choose a section.'),
  tags: Tags,
  authors: Authors,
  body: text,
  heroMedia: line,
  heroAlt: upTo(2_000, 'The picture’s description'),
  heroCaption: upTo(2_000, 'The picture’s caption'),
  heroCredit: upTo(500, 'The picture’s credit'),
  quickNoteChoice: z.enum(['site', 'none', 'own']).catch('site'),
  quickNote: upTo(1_000, 'The quick note'),
  canonicalUrl: CanonicalUrl,
  embargo: upTo(2_000, 'The embargo note'),
  version: Version,
  autosave: z.string().optional(),
  exact: z.string().optional(),
})

/** Reads the edit page's form. The body keeps its bytes, line ends included. */
export const ManuscriptForm = Fields.transform((form): SentManuscript => {
  const { heroMedia, heroAlt, heroCaption, heroCredit, quickNoteChoice, quickNote } = form
  const hero = heroMedia ? { media: heroMedia, alt: heroAlt, caption: heroCaption, credit: heroCredit } : null
  const { title, dek, slug, body, section, tags, authors, canonicalUrl } = form
  const ownNote = quickNoteChoice === 'own' ? quickNote : ''
  return {
    manuscript: {
      ...{ title, dek, slug, body, section, tags, authors, hero, canonicalUrl },
      quickNote: quickNoteChoice === 'site' ? null : ownNote,
    },
    embargo: form.embargo,
    version: form.version,
    autosave: form.autosave === '1',
    exact: form.exact === '1',
  }
})

/** A working copy as the form shows it. */
export function fieldsOf(manuscript: Manuscript, embargo: string): FormFields {
  const { title, dek, slug, section, tags, authors, body, hero, quickNote, canonicalUrl } = manuscript
  return {
    ...{ title, dek, slug, section, authors, body, embargo },
    tags: tags.join(', '),
    heroMedia: hero?.media ?? '',
    heroAlt: hero?.alt ?? '',
    heroCaption: hero?.caption ?? '',
    heroCredit: hero?.credit ?? '',
    quickNoteChoice: quickNote === null ? 'site' : quickNote === '' ? 'none' : 'own',
    quickNote: quickNote ?? '',
    canonicalUrl: canonicalUrl ?? '',
  }
}

const typed = z.string().catch('')
const Typed = z.object({
  ...{ title: typed, dek: typed, slug: typed, section: typed, tags: typed, body: typed },
  authors: z.preprocess(value => (Array.isArray(value) ? value : [value]), z.array(z.string())).catch([]),
  ...{ heroMedia: typed, heroAlt: typed, heroCaption: typed, heroCredit: typed },
  quickNoteChoice: z.enum(['site', 'none', 'own']).catch('site'),
  ...{ quickNote: typed, canonicalUrl: typed, embargo: typed },
})

/** What was typed into a form that is shown again. */
export function typedFields(body: unknown): FormFields {
  return Typed.parse(typeof body === 'object' && body !== null ? body : {})
}

/** The version that a form was made from, as its hidden field says. */
export function versionOf(body: unknown): number {
  return z.object({ version: Version }).catch({ version: 0 }).parse(body).version
}

/**
 * A sent working copy with the bytes that stand there already wherever the form could not say more: browsers write
 * every line end of a text as CRLF (HTML, 4.10.11.6), so a text that differs in nothing else is the one that was sent
 * to the browser. Whatever was really changed is kept with LF.
 */
export function withStoredLineEnds(sent: Manuscript, stored: Manuscript): Manuscript {
  const unchanged = lineFeeds(sent.body) === lineFeeds(stored.body)
  return { ...sent, body: unchanged ? stored.body : lineFeeds(sent.body) }
}

/** A text with every line end written as one line feed. */
function lineFeeds(body: string): string {
  return body.replace(/\r\n?/g, '\n')
}
