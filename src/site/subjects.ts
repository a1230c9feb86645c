import { z } from 'zod'
import { onFirstUse } from '../foundation/first-use.js'
import { Identity } from './schema.js'

interface Choice {
  value: string
  label: string
}

/** A field of a form as `partials/field.eta` draws it. */
interface Field {
  name: string
  label: string
  type?: 'text' | 'email' | 'textarea' | 'select' | 'checkbox' | 'color'
  help?: string
  required?: boolean
  maxlength?: number
  rows?: number
  choices?: Choice[]
}

type Texts = Record<string, string>

/** One thing that editors say about the site: its form, and where in the identity it stands. */
export interface Subject {
  /** last part of its address */
  name: string
  title: string
  intro: string
  fields: Field[]
  /** what the form holds now; a ticked box is `yes` */
  read(identity: Identity): Texts
  schema: z.ZodType<Partial<Identity>>
  preview?: 'note' | 'box' | 'accent'
  /** where readers see it */
  seenAt: string
}

const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `This is too long: ${max} characters at most.`)
    .regex(/^[^\p{Cc}]*$/u, 'Write one line.')
// Such a field may be wrapped where it is typed; what it says is one line all the same.
const sentence = (max: number) => z.preprocess(value => String(value ?? '').replace(/\s+/g, ' '), line(max))
const required = (max: number, message: string) => line(max).min(1, message)
const paragraph = z.string().trim().max(2_000, 'This is too long: 2,000 characters at most.').default('')

const markdownHelp = 'One paragraph. Markdown works: *emphasis*, **strong**, [link](https://…).'

const identity: Subject = {
  name: 'identity',
  title: 'Name and contact',
  intro: 'Who this paper is: on every page, in feeds, mail and search engines.',
  seenAt: '/',
  fields: [
    { name: 'name', label: 'Name of the paper', required: true, maxlength: 120 },
    { name: 'tagline', label: 'Tagline', maxlength: 200, help: 'A few words at the top of pages.' },
    {
      name: 'description',
      label: 'Description',
      type: 'textarea',
      rows: 3,
      maxlength: 300,
      help: 'One sentence for search engines and feed readers.',
    },
    {
      name: 'contact',
      label: 'Contact address',
      type: 'email',
      maxlength: 200,
      help: 'Public. Readers and machines (security.txt, feeds) find it; may be empty.',
    },
  ],
  read: ({ name, tagline, description, contact = '' }) => ({ name, tagline, description, contact }),
  schema: z.object({
    name: required(120, 'Give the paper a name.'),
    tagline: line(200).default(''),
    description: sentence(300),
    contact: z.union([
      z.literal('').transform(() => undefined),
      z
        .email('Write an address such as newsroom@example.org, or leave it empty.')
        .max(200, 'This is too long: 200 characters at most.'),
    ]),
  }),
}

const language: Subject = {
  name: 'language',
  title: 'Language and time zone',
  intro: 'How dates and amounts are written, how words are hyphenated, and when a day begins.',
  seenAt: '/',
  fields: [
    {
      name: 'language',
      label: 'Language of the paper',
      type: 'select',
      get choices() {
        return languages()
      },
      help: 'Text in a language that is written from right to left is laid out that way.',
    },
    {
      name: 'timeZone',
      label: 'Time zone',
      type: 'select',
      get choices() {
        return timeZones()
      },
      help: 'Articles are scheduled in it, and the archive’s months begin in it.',
    },
  ],
  read: ({ language: tag, timeZone }) => ({ language: tag, timeZone }),
  schema: z.object({
    language: Identity.shape.language.unwrap().catch('').refine(Boolean, 'Choose a language from the list.'),
    timeZone: Identity.shape.timeZone.unwrap().catch('').refine(Boolean, 'Choose a time zone from the list.'),
  }),
}

const quickNote: Subject = {
  name: 'note',
  title: 'Quick note',
  intro: 'Stands on the front page and above each article, unless an article has a note of its own or none.',
  seenAt: '/',
  preview: 'note',
  fields: [
    { name: 'show', label: 'Show the quick note', type: 'checkbox' },
    { name: 'text', label: 'Text', type: 'textarea', rows: 4, maxlength: 2_000, help: markdownHelp },
  ],
  read: ({ quickNote: { show, text } }) => ({ show: show ? 'yes' : '', text }),
  schema: z
    .object({ show: z.string().optional(), text: paragraph })
    .refine(({ show, text }) => !show || text !== '', {
      path: ['text'],
      message: 'Write the note, or take the tick away.',
    })
    .transform(({ show, text }) => ({ quickNote: { show: show === 'yes', text } })),
}

function box(
  key: 'appeal' | 'tipLine' | 'newsletter',
  given: Pick<Subject, 'name' | 'title' | 'intro' | 'seenAt'>,
): Subject {
  return {
    ...given,
    preview: 'box',
    fields: [
      { name: 'title', label: 'Heading', required: true, maxlength: 120 },
      { name: 'text', label: 'Text', type: 'textarea', rows: 4, maxlength: 2_000, help: markdownHelp },
      { name: 'button', label: 'Words on the button', required: true, maxlength: 40 },
    ],
    read: stored => stored[key],
    schema: z
      .object({
        title: required(120, 'Write a heading.'),
        text: paragraph,
        button: required(40, 'Write what the button says.'),
      })
      .transform(values => ({ [key]: values })),
  }
}

/** Everything that has a plain form of its own, in the order of the menu. The look has one in look/. */
export const subjects: Subject[] = [
  identity,
  language,
  quickNote,
  box('appeal', {
    name: 'appeal',
    title: 'Appeal',
    intro:
      'Asks readers to pay for the paper: on the front page, under articles, and at the top of the ways to give.',
    seenAt: '/contribute',
  }),
  box('tipLine', {
    name: 'tip-line',
    title: 'Tip line box',
    intro:
      'Leads to the tip line: on the front page and under articles. The tip line’s own pages say what is kept.',
    seenAt: '/',
  }),
  box('newsletter', {
    name: 'newsletter',
    title: 'Newsletter box',
    intro: 'Invites readers to the newsletter: on the front page and under articles.',
    seenAt: '/',
  }),
]

// Made when a form first shows them: hundreds of names, sorted, that no start needs.
const timeZones = onFirstUse((): Choice[] => {
  const zones = Intl.supportedValuesOf('timeZone')
  const all = zones.includes('UTC') ? zones : ['UTC', ...zones]
  return all.map(value => ({ value, label: value.replaceAll('_', ' ') }))
})

const languages = onFirstUse((): Choice[] => {
  const tags =
    'af am ar az be bg bn bs ca cs cy da de de-AT de-CH el en en-AU en-CA en-GB en-IE en-IN en-NZ en-US en-ZA eo es es-AR es-CL es-CO es-MX et eu fa fi fil fr fr-BE fr-CA fr-CH ga gl gu ha he hi hr hu hy id ig is it ja ka kk km kn ko ku ky lo lt lv mk ml mn mr ms mt my nb ne nl nl-BE nn pa pl ps pt pt-BR pt-PT ro ru rw si sk sl so sq sr sv sw ta te th tr uk ur uz vi xh yo zh zh-HK zh-TW zu'
  const names = new Intl.DisplayNames('en', { type: 'language' })
  return tags
    .split(' ')
    .map(value => ({ value, label: names.of(value) ?? value }))
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
})
