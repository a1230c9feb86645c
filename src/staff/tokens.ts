import { createHash, randomBytes } from 'node:crypto'

/** A secret that nobody guesses: 256 random bits, base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored in a token's place. A fast hash is enough, since the token itself cannot be guessed. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
