import type { Article } from '../../articles/index.js'
import type { Dates } from '../../foundation/dates.js'
import type { Picture } from '../../foundation/markdown/figures.js'
import type { Markdown } from '../../foundation/markdown/markdown.js'
import { absolute, forMail, type MailLook, shownSize } from './for-mail.js'

/** An article as the letter's views show it. */
export interface LetterStory {
  index: number
  form: 'full' | 'dek'
  title: string
  url: string
  section: string
  dek: string
  byline: string
  hero: { src: string; alt: string; width: number; height: number } | undefined
  caption: string
  credit: string
  /** HTML of its text, block by block; none where only the dek is mailed */
  blocks: string[]
  corrections: { date: string; html: string }[]
}

export interface StoryLook extends MailLook {
  dates: Dates
  markdown: Markdown
}

export function letterStory(
  article: Article,
  { index, form, pictures }: { index: number; form: 'full' | 'dek'; pictures: ReadonlyMap<string, Picture> },
  look: StoryLook,
): LetterStory {
  const { origin, link, dates, markdown } = look
  // A digest with a picture for each of thirty articles would be a gallery.
  const picture = form === 'full' || index === 0 ? article.picture : undefined
  return {
    ...{ index, form, title: article.title, section: article.sectionName, dek: article.dek },
    url: link(addressOf(article.slug, origin)),
    byline: bylineOf(article, dates),
    hero: picture && {
      src: absolute(picture.src, origin),
      alt: article.heroAlt,
      ...shownSize(picture.width, picture.height),
    },
    ...{ caption: article.heroCaption, credit: article.heroCredit },
    blocks:
      form === 'full'
        ? markdown.blocks(markdown.read(article.body), pictures).map(html => forMail(html, look))
        : [],
    corrections: (form === 'full' ? article.corrections : []).map(({ at, text }) => ({
      date: dates.date(at),
      html: forMail(markdown.inline(text), look),
    })),
  }
}

function addressOf(slug: string, origin: string): string {
  return `${origin}/articles/${encodeURIComponent(slug)}`
}

function bylineOf({ authors, published }: Article, dates: Dates): string {
  const names = authors.map(({ name }) => name)
  const last = names.pop()
  const all = names.length ? `${names.join(', ')} and ${last}` : last
  return [all && `By ${all}`, dates.date(published)].filter(Boolean).join(' · ')
}
