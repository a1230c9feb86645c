import { generateAtomFeed, generateJsonFeed, generateRssFeed } from 'feedsmith'
import { type Head, printable } from './feeds.js'

/** What a feed tells that is no article: a correction, an issue of the newsletter. */
export interface Entry {
  id: string
  title: string
  /** absolute */
  url: string
  html: string
  at: string
  changed: string
}

/** A feed of entries, newest first. */
export interface EntriesChannel extends Head {
  entries: Entry[]
}

/** RSS 2.0 with one item an entry. */
export function entriesRss(channel: EntriesChannel): string {
  const { origin } = channel
  return generateRssFeed({
    title: printable(channel.title),
    link: origin + channel.page,
    description: channel.description,
    language: channel.language,
    lastBuildDate: updatedAt(channel),
    generator: 'Handpress',
    atom: { links: [{ href: origin + channel.self, rel: 'self', type: 'application/rss+xml' }] },
    items: channel.entries.map(entry => ({
      title: printable(entry.title),
      link: entry.url,
      description: printable(entry.html),
      guid: { value: `urn:uuid:${entry.id}`, isPermaLink: false },
      pubDate: new Date(entry.at),
    })),
  })
}

/** Atom (RFC 4287); an entry that is reworded moves its `updated`. */
export function entriesAtom(channel: EntriesChannel): string {
  const { origin } = channel
  return generateAtomFeed({
    id: origin + channel.self,
    title: { value: printable(channel.title) },
    subtitle: { value: channel.description },
    updated: updatedAt(channel),
    generator: { text: 'Handpress' },
    links: [
      { href: origin + channel.self, rel: 'self', type: 'application/atom+xml' },
      { href: origin + channel.page, rel: 'alternate', type: 'text/html' },
    ],
    entries: channel.entries.map(entry => ({
      id: `urn:uuid:${entry.id}`,
      title: { value: printable(entry.title) },
      links: [{ href: entry.url, rel: 'alternate', type: 'text/html' }],
      published: new Date(entry.at),
      updated: new Date(entry.changed),
      authors: [{ name: 'The editors', uri: origin }],
      content: { value: printable(entry.html), type: 'html' },
    })),
  })
}

/** JSON Feed 1.1. */
export function entriesJson(channel: EntriesChannel): string {
  const { origin } = channel
  return JSON.stringify(
    generateJsonFeed({
      title: channel.title,
      description: channel.description,
      language: channel.language,
      home_page_url: origin + channel.page,
      feed_url: origin + channel.self,
      items: channel.entries.map(entry => ({
        id: `urn:uuid:${entry.id}`,
        url: entry.url,
        title: printable(entry.title),
        content_html: printable(entry.html),
        date_published: new Date(entry.at),
        date_modified: new Date(entry.changed),
      })),
    }),
  )
}

function updatedAt({ entries }: EntriesChannel): Date {
  return new Date(
    entries
      .map(({ changed }) => changed)
      .sort()
      .at(-1) ?? '1970-01-01T00:00:00Z',
  )
}
