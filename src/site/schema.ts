import { z } from 'zod'

const Link = z.object({ label: z.string().min(1), url: z.string().min(1) })

/** A box of the furniture: a heading, a short Markdown text and what its button says. */
const Box = z.object({ title: z.string(), text: z.string(), button: z.string() })

/** Who this site is and what stands around its articles: what editors may change. */
export const Identity = z.object({
  name: z.string().min(1).default('Untitled paper'),
  tagline: z.string().default(''),
  /** one sentence for search engines and feeds */
  description: z.string().default(''),
  /** BCP 47 */
  language: z.string().refine(isLanguage, 'must be a language tag such as en or pt-BR').default('en'),
  /** IANA name */
  timeZone: z.string().refine(isTimeZone, 'must be a time zone such as Europe/Paris').default('UTC'),
  contact: z.email().optional(),
  /** id of a picture of the library; it stands in the place of the name */
  logo: z.string().nullable().default(null),
  /** `#rrggbb`; what is shown is shaded until it can be read (see look/accent.ts) */
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .nullable()
    .default(null),
  /** stands above each article unless the article has its own or none; Markdown */
  quickNote: z.object({ show: z.boolean(), text: z.string() }).default({ show: false, text: '' }),
  appeal: Box.default({
    title: 'Readers pay for this paper',
    text: 'There is no paywall. Give once or monthly; choose the option that suits you best.',
    button: 'Contribute',
  }),
  tipLine: Box.default({
    title: 'Do you know something that we should know?',
    text: 'What you send is sealed on receipt for the newsroom.',
    button: 'Send a tip',
  }),
  newsletter: Box.default({
    title: 'The newsletter',
    text: 'New articles by mail, free. Leave with one click.',
    button: 'Subscribe',
  }),
  navigation: z.array(Link).default([]),
  footer: z.array(Link).default([]),
  social: z.array(Link).default([]),
})
export type Identity = z.infer<typeof Identity>

export const StandingPage = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  body: z.string(),
  changed: z.string(),
})
/** The last part of a standing page's address. */
export const PageSlug = z
  .string()
  .regex(/^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+(-[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+)*$/u)
  .max(100)

export type StandingPage = z.infer<typeof StandingPage>

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}

function isLanguage(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1
  } catch {
    return false
  }
}
