import type { Identity } from '../site/index.js'

/** Who may crawl what (RFC 9309): everything but the desk, searches and addresses that hold a reader's token. */
export function robotsTxt(origin: string): string {
  const closed = [
    '/admin/',
    '/search',
    '/newsletter/confirm/',
    '/newsletter/unsubscribe/',
    '/newsletter/preferences/',
    '/tips/return',
  ]
  return [
    'User-agent: *',
    ...closed.map(path => `Disallow: ${path}`),
    '',
    `Sitemap: ${origin}/sitemap.xml`,
    `Sitemap: ${origin}/news-sitemap.xml`,
    '',
  ].join('\n')
}

/** Where to report a hole (RFC 9116). It expires at the end of the month after next, so that it is never a year old. */
export function securityTxt({ contact, language }: Identity, origin: string, now: Date): string {
  const expires = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 3, 1))
  return [
    `Contact: ${contact ? `mailto:${contact}` : `${origin}/tips`}`,
    `Expires: ${expires.toISOString()}`,
    `Preferred-Languages: ${language === 'en' ? 'en' : `${language}, en`}`,
    `Canonical: ${origin}/.well-known/security.txt`,
    '',
  ].join('\n')
}

/** The people behind the site, for people. */
export function humansTxt({ name, tagline, contact }: Identity): string {
  return [
    `${name}${tagline ? ` - ${tagline}` : ''}`,
    '',
    'Written and edited by people; the bylines say by whom.',
    ...(contact ? [`Write to: ${contact}`] : []),
    'Printed with Handpress, on a machine of our own.',
    '',
  ].join('\n')
}
