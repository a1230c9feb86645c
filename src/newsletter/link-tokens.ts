import { createHash, randomBytes } from 'node:crypto'

/** A token for a link that does something once: 128 bits; short, so that the link stays on one line. */
export function newToken(): string {
  return randomBytes(16).toString('base64url')
}

/** What the database keeps of a token, which only the mail holds. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
