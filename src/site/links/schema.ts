import { z } from 'zod'

/** A list of links that editors keep: the top of the paper, its foot, or accounts elsewhere. */
export interface LinkList {
  /** last part of its address */
  name: string
  key: 'navigation' | 'footer' | 'social'
  title: string
  intro: string
  empty: string
}

export const linkLists: LinkList[] = [
  {
    name: 'navigation',
    key: 'navigation',
    title: 'Navigation',
    intro: 'The line of links under the name. Newsletter, tip line and contributions follow by themselves.',
    empty: 'There are no links at the top yet. Most papers link their sections here.',
  },
  {
    name: 'footer',
    key: 'footer',
    title: 'Footer',
    intro: 'Links at the foot of every page: about, policies, privacy, feeds.',
    empty: 'There are no links at the foot yet. Most papers link their standing pages here.',
  },
  {
    name: 'social',
    key: 'social',
    title: 'Elsewhere',
    intro:
      'Accounts of the paper on other sites. They are marked as its own (rel="me"), which such sites can verify.',
    empty: 'No account elsewhere is linked yet.',
  },
]

const MOST = 50

const texts = z.union([z.string().transform(text => [text]), z.array(z.string()).max(MOST + 1)]).default([])

/** What a list's form sends: a label and an address for each row, the last one empty or new, and which button. */
export const LinksForm = z.object({
  label: texts,
  url: texts,
  version: z.string().max(64),
  /** `save`, or `up:1`, `down:1`, `remove:1` */
  action: z
    .string()
    .regex(/^(save|(up|down|remove):\d{1,2})$/)
    .catch('save'),
})
export type LinksForm = z.infer<typeof LinksForm>

export type Row = { label: string; url: string }

/** The rows that were sent, after what the button asks; rows with neither label nor address are left out. */
export function sentRows({ label, url, action }: LinksForm): Row[] {
  const rows = label.map((text, index) => ({ label: text.trim(), url: (url[index] ?? '').trim() }))
  const [deed = '', number] = action.split(':')
  const at = Number(number)
  const row = rows[at]
  if (row && deed !== 'save') {
    rows.splice(at, 1)
    if (deed !== 'remove') rows.splice(Math.max(0, at + (deed === 'up' ? -1 : 1)), 0, row)
  }
  return rows.filter(({ label: text, url: address }) => text || address)
}

/** What is wrong with rows, by the id of the field: `url-2`. */
export function linkProblems(rows: Row[]): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const [index, { label, url }] of rows.entries()) {
    if (!label) problems[`label-${index}`] = 'Say what readers see: give the link a label.'
    else if (label.length > 60) problems[`label-${index}`] = 'Shorten the label to 60 characters.'
    if (!isAddress(url))
      problems[`url-${index}`] =
        'Write an address of this site such as /pages/about, or one that begins with https://.'
  }
  if (rows.length > MOST) problems['label-0'] = `A list holds ${MOST} links at most.`
  return problems
}

// A path of ours must not begin with two slashes or a backslash: browsers read that as another site.
function isAddress(url: string): boolean {
  if (/[\s\p{Cc}]/u.test(url) || url.length > 1_000) return false
  if (/^\/(?![/\\])/.test(url)) return true
  return /^https:\/\/[^/]/i.test(url) && URL.canParse(url)
}
