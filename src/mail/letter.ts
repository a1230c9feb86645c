import { createHash } from 'node:crypto'

/** A mail that many get, but for a few values of each reader's own. */
export interface Letter {
  /** the same for the same words */
  id: string
  /** who it is from, for people; the address is the site's */
  fromName: string
  subject: string
  html: string
  text: string
  /** what stands for each reader's own values in html and text */
  marks: readonly string[]
}

/** What many mails have in common, to be made once and handed over with each of them. */
export function letterOf(content: Omit<Letter, 'id'>): Letter {
  const { fromName, subject, html, text, marks } = content
  const words = JSON.stringify([fromName, subject, html, text, marks])
  return { id: createHash('sha256').update(words).digest('base64url'), ...content }
}
