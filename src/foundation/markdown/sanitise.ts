import sanitizeHtml, { type IOptions, type Tag } from 'sanitize-html'

const ourClasses = [
  'report',
  'report-headline',
  'reported',
  'headline',
  'label',
  'credit',
  'note',
  'pullquote',
  'link-card',
  'host',
  'table',
  'header-anchor',
  'footnotes',
  'footnotes-list',
  'footnote-item',
  'footnotes-sep',
  'footnote-ref',
  'footnote-backref',
]

// Only ids that our own renderer makes: an author's id could take the place of a part of the page.
const ourIds = /^(part-.+|fn(ref)?\d+(:\d+)?)$/

/** Tags that every program which shows HTML knows, mail programs too. */
export const plainTags = [
  ...['h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'blockquote', 'pre', 'code', 'div', 'span', 'a', 'img'],
  ...['ul', 'ol', 'li', 'dl', 'dt', 'dd', 'table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
  ...[
    'em',
    'strong',
    'i',
    'b',
    's',
    'del',
    'ins',
    'sub',
    'sup',
    'small',
    'mark',
    'q',
    'cite',
    'abbr',
    'kbd',
    'bdi',
  ],
]

export const plainAttributes = {
  a: ['href', 'title'],
  abbr: ['title'],
  div: ['role', 'aria-label', 'tabindex'],
  img: ['src', 'width', 'height', 'alt'],
  ol: ['start', 'reversed'],
  td: ['colspan', 'rowspan'],
  th: ['colspan', 'rowspan', 'scope'],
}

const pageTags = ['section', 'details', 'summary', 'figure', 'figcaption', 'picture', 'source', 'time']

const policy: IOptions = {
  allowedTags: [...plainTags, ...pageTags],
  allowedAttributes: {
    ...plainAttributes,
    '*': ['id', 'lang', 'dir'],
    img: [...plainAttributes.img, 'srcset', 'sizes', 'loading', 'decoding'],
    source: ['type', 'srcset', 'sizes'],
    time: ['datetime'],
  },
  allowedClasses: { '*': ourClasses },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowProtocolRelative: false,
  selfClosing: ['img', 'source', 'br', 'hr'],
  nestingLimit: 60,
  transformTags: {
    '*': keepOurIds,
    h1: 'h2',
    iframe: frameAsLink,
    embed: frameAsLink,
    video: frameAsLink,
    audio: frameAsLink,
    object: frameAsLink,
  },
  // What is left of a frame without an address, or of a picture that is not ours, says nothing.
  exclusiveFilter: frame =>
    (frame.tag === 'img' && !(isOurs(frame.attribs.src) && areOurs(frame.attribs.srcset))) ||
    (frame.tag === 'source' && !areOurs(frame.attribs.srcset)) ||
    isEmptyLink(frame),
}

/**
 * Lets through only the tags, attributes and addresses on the list above, whatever wrote the HTML. This is
 * the last step before every page, feed and mail, so that no stored text can run a script.
 */
export function sanitise(html: string): string {
  return sanitizeHtml(html, policy)
}

function isOurs(address = ''): boolean {
  return address.trim().startsWith('/media/')
}

function areOurs(srcset: string | undefined): boolean {
  return srcset === undefined || srcset.split(',').every(isOurs)
}

function isEmptyLink(frame: {
  tag: string
  text: string
  attribs: Record<string, string>
  mediaChildren: unknown[]
}): boolean {
  return frame.tag === 'a' && !frame.text.trim() && frame.mediaChildren.length === 0
}

function keepOurIds(tagName: string, attribs: Record<string, string>): Tag {
  const { id, ...others } = attribs
  return { tagName, attribs: id && ourIds.test(id) ? attribs : others }
}

/** A frame from elsewhere would report every reader to its owner; its title and address stay, as a link. */
function frameAsLink(_tagName: string, attribs: Record<string, string>): Tag {
  const address = attribs.src ?? attribs.data ?? ''
  const href = address.startsWith('//') ? `https:${address}` : address
  if (!URL.canParse(href)) return { tagName: 'a', attribs: {}, text: '' }
  return { tagName: 'a', attribs: { href }, text: attribs.title || new URL(href).host }
}
