import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { keyId, type Ring } from '../foundation/secret.js'
import { folded } from './suppressions/folding.js'

/** What a link in a mail may be used for; a token for one is worthless for the other. */
export type LinkPurpose = 'unsubscribe' | 'preferences'

const ID_BYTES = 16
/** 128 bits against guessing, beside the reader's id. */
const MAC_BYTES = 16
// With `bounces+` before it a tag is as long as the part of an address before the @ may be: three bytes tell sixteen million issues apart.
const NUMBER_BYTES = 3
/** What earlier versions made with less, under the site’s first key. */
const earlier = { linkMac: 9, tagNumber: 4, tagMac: 8 }

/**
 * Links and return paths that name a reader and cannot be guessed: the id and a keyed mac (HMAC-SHA256), so that nothing has to
 * be written for them, mail or no mail.
 * @param ring the site's `secret-key`: the newest makes links, older ones are believed
 * @param foldingKeys those that addresses are folded with, the site's first before all (`foldingKeys`)
 * @param areShorterBelieved whether marks of earlier versions are, which had fewer bits
 */
export function readerTokens(
  ring: Ring,
  foldingKeys: Buffer[] = [ring.older.at(-1) ?? ring.newest],
  areShorterBelieved: () => boolean = () => false,
) {
  const all = [ring.newest, ...ring.older]
  const [first] = foldingKeys
  const mac = (key: Buffer, content: Buffer, use: string, length: number) =>
    createHmac('sha256', key).update(`newsletter ${use}\n`).update(content).digest().subarray(0, length)
  const sealed = (content: Buffer, use: string) =>
    Buffer.concat([content, mac(ring.newest, content, use, MAC_BYTES)])
  const opened = (bytes: Buffer, use: string, contentLength: number, earlierLength: number) => {
    const content = bytes.subarray(0, contentLength)
    const mark = bytes.subarray(contentLength)
    const believed = keysByLength(mark.length, earlierLength)
    return believed.some(key => timingSafeEqual(mark, mac(key, content, use, mark.length)))
      ? content
      : undefined
  }

  const keysByLength = (length: number, earlierLength: number) => {
    if (length === MAC_BYTES) return all
    return length === earlierLength && areShorterBelieved() ? all.filter(key => first?.equals(key)) : []
  }

  return {
    /** The token of a reader's link: 43 characters of base64url. @param readerId a UUID */
    link(purpose: LinkPurpose, readerId: string): string {
      return sealed(bytesOf(readerId), purpose).toString('base64url')
    },

    /** Whose link it is; undefined when it was not made here, or for something else. The reader may be gone. */
    readLink(purpose: LinkPurpose, token: string): string | undefined {
      const bytes = Buffer.from(token, 'base64url')
      // The last character has bits to spare: only the one way to write a token is it.
      if (bytes.toString('base64url') !== token) return undefined
      const content = opened(bytes, purpose, ID_BYTES, earlier.linkMac)
      return content && uuidOf(content)
    },

    /**
     * The tag of a return path (VERP): 56 letters and digits without capitals, since servers on the way may fold them.
     * @param issueNumber 0 for mail that is no issue
     */
    returnTag(issueNumber: number, readerId: string): string {
      const number = Buffer.alloc(NUMBER_BYTES)
      number.writeUIntBE(issueNumber, 0, NUMBER_BYTES)
      return base32(sealed(Buffer.concat([number, bytesOf(readerId)]), 'return'))
    },

    /** Whose mail came back, and which. */
    readReturnTag(tag: string): { issueNumber: number; readerId: string } | undefined {
      const bytes = fromBase32(tag.toLowerCase())
      if (!bytes || base32(bytes) !== tag.toLowerCase()) return undefined
      const numberBytes = numberBytesOf(bytes.length)
      const content = numberBytes && opened(bytes, 'return', numberBytes + ID_BYTES, earlier.tagMac)
      if (!content) return undefined
      return {
        issueNumber: content.readUIntBE(0, numberBytes),
        readerId: uuidOf(content.subarray(numberBytes)),
      }
    },

    /** What the suppression list knows an address by; keyed, so that it cannot be found out by trying. */
    fold(addressKey: string): string {
      return folded(foldingKeys, addressKey)
    },

    /** What the newest of the keys that fold is called. */
    foldedWith: keyId(foldingKeys.at(-1) ?? ring.newest),

    /**
     * The present hash of an address that is known by an earlier one, as a list that was exported before has it.
     * @param key what the newest key of that day was called; unknown or empty: the site's first
     */
    foldOn(hash: string, key: string): string {
      const at = foldingKeys.findIndex(known => keyId(known) === key)
      return folded(foldingKeys.slice(Math.max(at, 0) + 1), hash)
    },
  }
}

/** How many bytes of a tag that is so long are the issue's number; undefined where no tag is. */
function numberBytesOf(length: number): number | undefined {
  if (length === NUMBER_BYTES + ID_BYTES + MAC_BYTES) return NUMBER_BYTES
  return length === earlier.tagNumber + ID_BYTES + earlier.tagMac ? earlier.tagNumber : undefined
}

export type ReaderTokens = ReturnType<typeof readerTokens>

/** The Message-ID of an issue's mail to a reader, without brackets: always the same, so that a duplicate can be recognised. */
export function messageIdOf(issueId: string, readerId: string, domain: string): string {
  const digest = createHash('sha256').update(`${issueId} ${readerId}`).digest('base64url')
  return `${digest.slice(0, 27)}@${domain}`
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

// RFC 4648, section 6, without padding.
function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return bits ? text + alphabet[(held << (5 - bits)) & 31] : text
}

function fromBase32(text: string): Buffer | undefined {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value < 0) return undefined
    held = (held << 5) | value
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
    held &= (1 << bits) - 1
  }
  return Buffer.from(bytes)
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
