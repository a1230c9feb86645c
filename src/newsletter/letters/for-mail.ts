import sanitizeHtml, { type Attributes, type IOptions, type Tag } from 'sanitize-html'
import { plainAttributes, plainTags } from '../../foundation/markdown/sanitise.js'

export interface MailLook {
  /** the site's origin, without a slash at its end */
  origin: string
  /** the address that a link is given */
  link(url: string): string
  /** whether the text stands under a headline of its own, below the letter's */
  below: boolean
}

/** What a picture in the column is shown at, in CSS pixels. */
const COLUMN = 560

const headings = { h2: 'h3', h3: 'h4', h4: 'h5', h5: 'h6' }
const blocks = { figure: 'div', section: 'div', details: 'div' }

/**
 * Safe HTML of a page as mail programs can show it: no picture formats to choose from, addresses in full, headings one step
 * lower, and no ids, since the parts of several articles stand in one document and many programs follow no jump anyway.
 */
export function forMail(html: string, { origin, link, below }: MailLook): string {
  const policy: IOptions = {
    allowedTags: plainTags,
    allowedAttributes: { ...plainAttributes, '*': ['lang', 'dir', 'class'] },
    selfClosing: ['img', 'br', 'hr'],
    transformTags: {
      ...(below && renamed(headings)),
      ...renamed(blocks),
      // Its text was never out of sight in a mail.
      summary: (_tagName: string, attribs: Attributes) => ({
        tagName: 'p',
        attribs: { ...attribs, class: 'label' },
      }),
      figcaption: (_tagName: string, attribs: Attributes) => ({
        tagName: 'p',
        attribs: { ...attribs, class: 'caption' },
      }),
      a: (_tagName: string, attribs: Attributes) => anchor(attribs, origin, link),
      img: (_tagName: string, attribs: Attributes) => picture(attribs, origin),
    },
    exclusiveFilter: ({ tag, attribs }) =>
      (tag === 'a' && attribs.class === 'footnote-backref') ||
      (tag === 'hr' && attribs.class === 'footnotes-sep'),
  }
  return sanitizeHtml(html, policy)
}

function renamed(
  names: Record<string, string>,
): Record<string, (tagName: string, attribs: Attributes) => Tag> {
  return Object.fromEntries(
    Object.entries(names).map(([from, tagName]) => [
      from,
      (_: string, attribs: Attributes) => ({ tagName, attribs }),
    ]),
  )
}

/** A jump inside the page keeps its words only. */
function anchor(attribs: Attributes, origin: string, link: (url: string) => string): Tag {
  const { href = '' } = attribs
  if (attribs.class === 'footnote-backref') return { tagName: 'a', attribs }
  if (!href || href.startsWith('#')) return { tagName: 'unlinked', attribs: {} }
  return { tagName: 'a', attribs: { ...attribs, href: link(absolute(href, origin)) } }
}

function picture(attribs: Attributes, origin: string): Tag {
  const { src = '', alt = '', width = '', height = '' } = attribs
  const size = shownSize(Number(width), Number(height))
  return { tagName: 'img', attribs: { src: absolute(src, origin), alt, ...texts(size) } }
}

/** The size of a picture in the column: programs that know no style take these attributes to the letter. */
export function shownSize(width: number, height: number): { width: number; height: number } {
  const shown = Math.min(width, COLUMN)
  return { width: shown, height: Math.round((height / width) * shown) }
}

function texts({ width, height }: { width: number; height: number }): Attributes {
  return width > 0 && height > 0 ? { width: String(width), height: String(height) } : {}
}

/** The address in full, as it means on the site; what is no address stays. */
export function absolute(address: string, origin: string): string {
  return URL.canParse(address, `${origin}/`) ? new URL(address, `${origin}/`).href : address
}
