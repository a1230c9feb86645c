import type { Article } from '../../articles/index.js'
import { underlined, wrapped } from '../../foundation/markdown/wrap.js'
import { absolute } from './for-mail.js'
import type { LetterStory, StoryLook } from './story.js'

/** RFC 5322, 2.1.1: lines should have no more than 78 characters. */
const WIDTH = 78

/** Lines wrapped for a mail, as one text. */
export function wrap(text: string): string {
  return wrapped(text, WIDTH).join('\n')
}

/** A heading, underlined. */
export function headed(text: string): string {
  return underlined(wrapped(text, WIDTH), '=').join('\n')
}

/**
 * The words of an article below its byline, as far as the HTML has them.
 * @param kept how many of its blocks
 */
export function plainStory(article: Article, story: LetterStory, kept: number, look: StoryLook): string {
  if (story.form === 'dek') return `Read on: ${story.url}`
  const whole = kept === story.blocks.length
  const more = whole ? '' : `Read the rest on the site: ${story.url}`
  const corrections = story.corrections.map(({ date }, index) =>
    wrap(`Correction, ${date}: ${article.corrections[index]?.text ?? ''}`),
  )
  return [plainText(article.body, look, whole ? undefined : kept), more, ...corrections]
    .filter(Boolean)
    .join('\n\n')
}

/**
 * Markdown as plain text, with its links numbered and listed at the end.
 * @param kept how many of its blocks; then its footnotes are not among them, and not referred to
 */
export function plainText(
  body: string,
  { markdown, origin, link }: Pick<StoryLook, 'markdown' | 'origin' | 'link'>,
  kept?: number,
): string {
  const links: string[] = []
  const numbered = (href: string) => {
    const url = link(absolute(href, origin))
    if (!links.includes(url)) links.push(url)
    return ` [${links.indexOf(url) + 1}]`
  }
  const blocks = markdown.plain(markdown.read(body), {
    width: WIDTH,
    link: numbered,
    note: number => (kept === undefined ? ` (note ${number})` : ''),
    ...(kept !== undefined && { blocks: kept }),
  })
  const list = links.map((url, index) => `[${index + 1}] ${url}`).join('\n')
  return [...blocks.map(lines => lines.join('\n')), list].filter(Boolean).join('\n\n')
}
