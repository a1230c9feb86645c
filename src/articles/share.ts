/** What is shared: absolute addresses. */
export interface Shared {
  url: string
  title: string
  picture: string | undefined
}

export interface ShareLink {
  label: string
  url: string
}

/**
 * Plain links to the pages where each network lets a visitor share an address. Nothing of theirs is loaded:
 * a network learns of the reader only when the reader follows its link.
 */
export function shareLinks({ url, title, picture }: Shared): ShareLink[] {
  const both = `${title} ${url}`
  const links: [string, string, Record<string, string>][] = [
    ['X', 'https://x.com/intent/post', { url, text: title }],
    ['Facebook', 'https://www.facebook.com/sharer/sharer.php', { u: url }],
    ['LinkedIn', 'https://www.linkedin.com/sharing/share-offsite/', { url }],
    ['Reddit', 'https://www.reddit.com/submit', { url, title }],
    ['Telegram', 'https://t.me/share/url', { url, text: title }],
    ['WhatsApp', 'https://wa.me/', { text: both }],
    ['Bluesky', 'https://bsky.app/intent/compose', { text: both }],
    ['Mastodon', 'https://mastodonshare.com/', { text: title, url }],
    ['Threads', 'https://www.threads.net/intent/post', { text: both }],
    ...(picture
      ? [
          [
            'Pinterest',
            'https://www.pinterest.com/pin/create/button/',
            { url, media: picture, description: title },
          ] as [string, string, Record<string, string>],
        ]
      : []),
    ['E-mail', 'mailto:', { subject: title, body: `${title}\n\n${url}` }],
  ]
  return links.map(([label, address, fields]) => ({ label, url: `${address}?${query(fields)}` }))
}

// Mail programs show a plus sign as it is, so spaces are written as %20 everywhere.
function query(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}
