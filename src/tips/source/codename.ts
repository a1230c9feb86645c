import { createHash, hkdfSync, scrypt } from 'node:crypto'
import { turnstile } from '../../foundation/turnstile.js'
import { canonicalCodename, PURPOSES, SCRYPT } from './codename-scheme.js'
import { recipientOf } from './identity.js'

// On the thread pool.
const AT_ONCE = 2
const MOST_WAITING = 16
const MOST_MEMORY = 256 * 1_048_576

/** What a codename derives to. */
interface Secrets {
  /** SHA-256 of the lookup id, hex: what the server keeps to find the tip by */
  lookup: string
  /** an X25519 private key, 32 bytes, to which replies are sealed; whoever holds it erases it */
  identity: Buffer
  /** its public half, `age1…` */
  sourceKey: string
}

/** Throws a 503 when too many wait already. */
export type Derivation = (codename: string) => Promise<Secrets>

/**
 * scrypt (RFC 7914), then HKDF (RFC 5869) for each secret, then SHA-256 of the one by which a tip is found: who takes the
 * database can neither read codenames from it nor use what stands there to come back. The source's own script derives
 * the same (views/assets/tips/source/codename.ts).
 * @param salt of this site, which is public; keeps tables made for another site from working here
 */
export function codenameDerivation(salt: Buffer): Derivation {
  const turn = turnstile({ atOnce: AT_ONCE, mostWaiting: MOST_WAITING })
  return codename =>
    turn(async () => {
      const root = await stretched(canonicalCodename(codename), salt)
      const lookup = derived(root, PURPOSES.lookup)
      const identity = derived(root, PURPOSES.identity)
      root.fill(0)
      return { lookup: hashedLookup(lookup), identity, sourceKey: await recipientOf(identity) }
    })
}

/** The hash of a lookup id (32 bytes), hex. */
export function hashedLookup(lookup: Buffer): string {
  return createHash('sha256').update(lookup).digest('hex')
}

function derived(root: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, '', purpose, 32))
}

function stretched(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, { ...SCRYPT, maxmem: MOST_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
