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
export function shareLinks(shared: Shared): ShareLink[] {
  // Mail programs show a plus sign as it is, so spaces are written as %20 everywhere.
  const url = encodeURIComponent(shared.url)
  const title = encodeURIComponent(shared.title)
  const both = `${title}%20${url}`
  const links = [
    { label: 'X', url: `https://x.com/intent/post?url=${url}&text=${title}` },
    { label: 'Facebook', url: `https://www.facebook.com/sharer/sharer.php?u=${url}` },
    { label: 'LinkedIn', url: `https://www.linkedin.com/sharing/share-offsite/?url=${url}` },
    { label: 'Reddit', url: `https://www.reddit.com/submit?url=${url}&title=${title}` },
    { label: 'Telegram', url: `https://t.me/share/url?url=${url}&text=${title}` },
    { label: 'WhatsApp', url: `https://wa.me/?text=${both}` },
    { label: 'Bluesky', url: `https://bsky.app/intent/compose?text=${both}` },
    { label: 'Mastodon', url: `https://mastodonshare.com/?text=${title}&url=${url}` },
    { label: 'Threads', url: `https://www.threads.net/intent/post?text=${both}` },
  ]
  if (shared.picture) {
    const picture = encodeURIComponent(shared.picture)
    const pin = `https://www.pinterest.com/pin/create/button/?url=${url}&media=${picture}&description=${title}`
    links.push({ label: 'Pinterest', url: pin })
  }
  links.push({ label: 'E-mail', url: `mailto:?subject=${title}&body=${title}%0A%0A${url}` })
  return links
}
