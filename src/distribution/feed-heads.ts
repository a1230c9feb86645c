/** What every feed says of itself; addresses are absolute. */
export interface Head {
  title: string
  description: string
  language: string
  /** the site's origin, without a slash at its end */
  origin: string
  /** path of the page that the feed follows, `/` or `/sections/press` */
  page: string
  /** path of the feed itself */
  self: string
}

/** The channel of an RSS 2.0 feed, without its items. */
export function rssHead({ title, description, language, origin, page, self }: Head, updated: Date) {
  return {
    title: printable(title),
    link: origin + page,
    description: printable(description),
    language,
    lastBuildDate: updated,
    generator: 'Handpress',
    atom: { links: [{ href: origin + self, rel: 'self', type: 'application/rss+xml' }] },
  }
}

/** The head of an Atom feed (RFC 4287), without its entries. */
export function atomHead({ title, description, origin, page, self }: Head, updated: Date) {
  return {
    id: origin + self,
    title: { value: printable(title) },
    subtitle: { value: printable(description) },
    updated,
    generator: { text: 'Handpress' },
    links: [
      { href: origin + self, rel: 'self', type: 'application/atom+xml' },
      { href: origin + page, rel: 'alternate', type: 'text/html' },
    ],
  }
}

/** The head of a JSON Feed 1.1, without its items. */
export function jsonHead({ title, description, language, origin, page, self }: Head) {
  return { title, description, language, home_page_url: origin + page, feed_url: origin + self }
}

/** The text without what XML 1.0 has no place for: most control characters and halves of surrogate pairs. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
}
