import { generateAtomFeed, generateJsonFeed, generateRssFeed } from 'feedsmith'
import { type Article, lastModified } from '../articles/index.js'
import { escapeHtml } from '../foundation/escape.js'
import { absolute } from './absolute.js'
import { atomHead, type Head, jsonHead, printable, rssHead } from './feed-heads.js'

/** A feed of articles in full. */
export interface Channel extends Head {
  articles: Article[]
  /** safe HTML of a short text in Markdown */
  inline(text: string): string
}

/** RSS 2.0 with content:encoded, dc:creator for each author, and categories. */
export function rss(channel: Channel): string {
  return generateRssFeed({
    ...rssHead(channel, updatedAt(channel)),
    items: channel.articles.map(article => ({
      title: printable(article.title),
      link: addressOf(article, channel.origin),
      description: printable(article.dek),
      guid: { value: `urn:uuid:${article.id}`, isPermaLink: false },
      pubDate: new Date(article.published),
      categories: [article.sectionName, ...article.tags.map(tag => tag.name)].map(name => ({
        name: printable(name),
      })),
      dc: { creators: article.authors.map(author => printable(author.name)) },
      content: { encoded: fullText(article, channel) },
    })),
  })
}

/** Atom (RFC 4287); `updated` moves with every correction. */
export function atom(channel: Channel): string {
  const { origin } = channel
  return generateAtomFeed({
    ...atomHead(channel, updatedAt(channel)),
    entries: channel.articles.map(article => ({
      id: `urn:uuid:${article.id}`,
      title: { value: printable(article.title) },
      summary: { value: printable(article.dek) },
      links: [{ href: addressOf(article, origin), rel: 'alternate', type: 'text/html' }],
      published: new Date(article.published),
      updated: new Date(lastModified(article)),
      authors: authorsOf(article, origin).map(({ name, url }) => ({ name, uri: url })),
      categories: article.tags.map(tag => ({ term: tag.slug, label: printable(tag.name) })),
      content: { value: fullText(article, channel), type: 'html' },
    })),
  })
}

/** JSON Feed 1.1. */
export function jsonFeed(channel: Channel): string {
  const { origin } = channel
  return JSON.stringify(
    generateJsonFeed({
      ...jsonHead(channel),
      items: channel.articles.map(article => ({
        id: `urn:uuid:${article.id}`,
        url: addressOf(article, origin),
        title: article.title,
        summary: article.dek,
        content_html: fullText(article, channel),
        ...(article.picture && { image: origin + article.picture.card }),
        date_published: new Date(article.published),
        date_modified: new Date(lastModified(article)),
        authors: authorsOf(article, origin),
        tags: article.tags.map(tag => tag.name),
      })),
    }),
  )
}

function addressOf(article: Article, origin: string): string {
  return `${origin}/articles/${encodeURIComponent(article.slug)}`
}

// A feed must name an author for each entry; where nobody is named, the paper speaks (RFC 4287, 4.1.2).
function authorsOf(article: Article, origin: string): { name: string; url: string }[] {
  if (article.authors.length === 0) return [{ name: 'The editors', url: origin }]
  return article.authors.map(({ name, slug }) => ({
    name: printable(name),
    url: `${origin}/authors/${slug}`,
  }))
}

function updatedAt({ articles }: Channel): Date {
  const latest = articles.map(lastModified).sort().at(-1)
  return new Date(latest ?? '1970-01-01T00:00:00Z')
}

/** The picture, the text and what was corrected, with every address absolute. */
function fullText(article: Article, { origin, inline }: Channel): string {
  const picture = article.picture
    ? `<figure><img src="${article.picture.card}" alt="${escapeHtml(article.heroAlt)}"></figure>`
    : ''
  const corrections = article.corrections.map(
    ({ at, text }) => `<p><strong>Correction, ${at.slice(0, 10)}:</strong> ${inline(text)}</p>`,
  )
  const html = picture + article.html + corrections.join('')
  return printable(
    absolute(html, origin)
      // Feed readers know plain pictures only.
      .replace(/<source [^>]*>|<\/?picture>| srcset="[^"]*"| sizes="[^"]*"/g, '')
      .replace(/ href="#/g, ` href="${addressOf(article, origin)}#`),
  )
}
