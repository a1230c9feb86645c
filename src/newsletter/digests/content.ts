import type { Article } from '../../articles/index.js'
import type { Audience } from '../delivery/schema.js'
import type { DigestKind } from './periods.js'
import type { DigestContent } from './schema.js'

/** What a digest holds at most; of more, the archive is the better list. */
export const MOST_ARTICLES = 30

const LONGEST_HEADLINE = 120
const LONGEST_PREHEADER = 200

/** A digest of articles, the newest first. @param siteUrl the site's origin, without a slash at its end */
export function digestContent(articles: Article[], siteUrl: string): DigestContent {
  const shown = articles.slice(0, MOST_ARTICLES)
  const [lead, ...others] = shown
  const more = articles.length > MOST_ARTICLES
  return {
    subject: subjectOf(lead?.title ?? '', others.length),
    preheader: shortened(
      others.map(({ title }) => title).join(' · ') || (lead?.dek ?? ''),
      LONGEST_PREHEADER,
    ),
    intro: '',
    outro: more ? `There is more than fits here: [the archive](${siteUrl}/archive) has it all.` : '',
    articles: shown.map(({ id }) => ({ id, form: 'dek' })),
  }
}

/** Those who chose this frequency, and all sections or one that the digest has an article of. */
export function digestAudience(kind: DigestKind, articles: Article[]): Audience {
  const shown = articles.slice(0, MOST_ARTICLES)
  return { frequency: kind, sections: [...new Set(shown.map(({ sectionId }) => sectionId))] }
}

function subjectOf(headline: string, others: number): string {
  const lead = shortened(headline, LONGEST_HEADLINE)
  return others === 0 ? lead : `${lead}, and ${others} more`
}

function shortened(text: string, most: number): string {
  const letters = [...text]
  if (letters.length <= most) return text
  return `${letters
    .slice(0, most - 1)
    .join('')
    .replace(/\s+\S{0,20}$/, '')}…`
}
