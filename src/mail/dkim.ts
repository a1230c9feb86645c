import { createHash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Field } from './fields.js'

/** A key that signs mail. Its public half stands in the DNS at `<selector>._domainkey.<domain>`. */
export interface DkimKey {
  selector: string
  key: KeyObject
}

/** Signs mail with each of its keys. */
export interface Signer {
  readonly domain: string
  readonly keys: readonly DkimKey[]
  /**
   * @param bodyHash SHA-256 of the body in its canonical form
   * @returns a DKIM-Signature field for each key, each with its line end
   */
  sign(fields: Field[], bodyHash: Buffer): Promise<string>
}

/** What is signed when it is there: all that a reader or a mail program acts on. */
const signed = new Set([
  'from',
  'to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'reply-to',
  'list-id',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-owner',
  'list-archive',
  'auto-submitted',
  'feedback-id',
  'precedence',
])

const signOff = promisify(sign)

/**
 * DKIM (RFC 6376, relaxed/relaxed) with RSA or Ed25519 (RFC 8463). Signing happens beside the event loop.
 * @param domain the From domain: `d=`
 */
export function dkimSigner(domain: string, keys: readonly DkimKey[]): Signer {
  return {
    domain,
    keys,
    async sign(fields, bodyHash) {
      const covered = fields.filter(({ name }) => signed.has(name.toLowerCase()))
      const hash = bodyHash.toString('base64')
      const signatures = await Promise.all(keys.map(key => signature(domain, key, covered, hash)))
      return signatures.join('')
    },
  }
}

async function signature(domain: string, { selector, key }: DkimKey, covered: Field[], bodyHash: string) {
  const algorithm = key.asymmetricKeyType === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256'
  // From once more than it stands there (8.15): a second From that somebody adds breaks the signature.
  const names = [...covered.map(({ name }) => name), 'From']
  const start = `v=1; a=${algorithm}; c=relaxed/relaxed; d=${domain}; s=${selector};`
  const unsigned = `${start}\r\n h=${folded(names)};\r\n bh=${bodyHash};\r\n b=`
  const canonical = `dkim-signature:${unsigned.replace(/\s+/g, ' ')}`
  const input = Buffer.from([...covered.map(field => field.canonical), canonical].join('\r\n'))
  const bytes = await seal(input, key)
  return `DKIM-Signature: ${unsigned}${bytes.toString('base64').replace(/.{70}(?=.)/g, '$&\r\n ')}\r\n`
}

// RFC 8463, section 3: Ed25519 signs the SHA-256 of what RSA signs.
function seal(input: Buffer, key: KeyObject): Promise<Buffer> {
  return key.asymmetricKeyType === 'ed25519'
    ? signOff(null, createHash('sha256').update(input).digest(), key)
    : signOff('sha256', input, key)
}

function folded(names: string[]): string {
  const rows: string[] = ['']
  for (const name of names) {
    const row = rows.at(-1) as string
    if (row.length + name.length > 66) rows.push(name)
    else rows[rows.length - 1] = row ? `${row}:${name}` : name
  }
  return rows.join(':\r\n ')
}
