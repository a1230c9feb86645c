import { generateAtomFeed, generateJsonFeed, generateRssFeed } from 'feedsmith'
import { atomHead, type Head, jsonHead, printable, rssHead } from './feed-heads.js'

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
  return generateRssFeed({
    ...rssHead(channel, updatedAt(channel)),
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
    ...atomHead(channel, updatedAt(channel)),
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
  return JSON.stringify(
    generateJsonFeed({
      ...jsonHead(channel),
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
