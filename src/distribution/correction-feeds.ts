import { generateAtomFeed, generateJsonFeed, generateRssFeed } from 'feedsmith'
import type { ListedCorrection } from '../articles/index.js'
import { escapeHtml } from '../foundation/escape.js'
import { type Head, printable } from './feeds.js'

/** A feed of corrections, newest first. */
export interface CorrectionsChannel extends Head {
  corrections: ListedCorrection[]
}

/** RSS 2.0 with one item a correction. */
export function correctionsRss(channel: CorrectionsChannel): string {
  const { origin } = channel
  return generateRssFeed({
    title: printable(channel.title),
    link: origin + channel.page,
    description: channel.description,
    language: channel.language,
    lastBuildDate: updatedAt(channel),
    generator: 'Handpress',
    atom: { links: [{ href: origin + channel.self, rel: 'self', type: 'application/rss+xml' }] },
    items: channel.corrections.map(one => ({
      title: titleOf(one),
      link: addressOf(one, origin),
      description: textOf(one),
      guid: { value: `urn:uuid:${one.id}`, isPermaLink: false },
      pubDate: new Date(one.at),
    })),
  })
}

/** Atom (RFC 4287); a correction that is reworded moves its `updated`. */
export function correctionsAtom(channel: CorrectionsChannel): string {
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
    entries: channel.corrections.map(one => ({
      id: `urn:uuid:${one.id}`,
      title: { value: titleOf(one) },
      links: [{ href: addressOf(one, origin), rel: 'alternate', type: 'text/html' }],
      published: new Date(one.at),
      updated: new Date(changedAt(one)),
      authors: [{ name: 'The editors', uri: origin }],
      content: { value: textOf(one), type: 'html' },
    })),
  })
}

/** JSON Feed 1.1. */
export function correctionsJson(channel: CorrectionsChannel): string {
  const { origin } = channel
  return JSON.stringify(
    generateJsonFeed({
      title: channel.title,
      description: channel.description,
      language: channel.language,
      home_page_url: origin + channel.page,
      feed_url: origin + channel.self,
      items: channel.corrections.map(one => ({
        id: `urn:uuid:${one.id}`,
        url: addressOf(one, origin),
        title: titleOf(one),
        content_html: textOf(one),
        date_published: new Date(one.at),
        date_modified: new Date(changedAt(one)),
      })),
    }),
  )
}

function titleOf({ title }: ListedCorrection): string {
  return printable(`Correction: ${title}`)
}

function addressOf({ slug }: ListedCorrection, origin: string): string {
  return `${origin}/articles/${encodeURIComponent(slug)}#corrections`
}

function textOf({ text }: ListedCorrection): string {
  return printable(`<p>${escapeHtml(text)}</p>`)
}

function changedAt({ at, changed }: ListedCorrection): string {
  return changed > at ? changed : at
}

function updatedAt({ corrections }: CorrectionsChannel): Date {
  return new Date(corrections.map(changedAt).sort().at(-1) ?? '1970-01-01T00:00:00Z')
}
