import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Decrypter, Encrypter, type Recipient } from 'age-encryption'
import { type ByteReader, byteReader } from './byte-reader.js'

// C2SP age, "Payload": pieces of 64 KiB, each sealed by ChaCha20-Poly1305 under a nonce that counts them and marks the last.
const PIECE = 65_536
const TAG = 16
const NONCE = 16

/**
 * Encrypts to every recipient (C2SP age-encryption.org/v1). The library makes the header and with it the file's key;
 * the pieces are sealed by Node's own cipher, which is thirteen times as fast as the library's.
 */
export async function* encrypted(
  content: AsyncIterable<Uint8Array>,
  recipients: string[],
): AsyncGenerator<Uint8Array> {
  const { header, fileKey } = await headerFor(recipients)
  const nonce = randomBytes(NONCE)
  yield Buffer.concat([header, nonce])
  const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
  let count = 0
  for await (const { piece, last } of pieces(content)) {
    const cipher = createCipheriv('chacha20-poly1305', key, pieceNonce(count++, last), { authTagLength: TAG })
    yield cipher.update(piece)
    cipher.final()
    yield cipher.getAuthTag()
  }
}

/**
 * Opens what was encrypted to one of these keys. What comes out is checked piece by piece: when this throws, what came before was
 * right, but it is not the whole.
 * @param identities `AGE-SECRET-KEY-1…`
 * @throws when no key fits, or a byte was changed or is missing
 */
export async function* decrypted(
  content: AsyncIterable<Uint8Array>,
  identities: string[],
): AsyncGenerator<Uint8Array> {
  const reader = byteReader(content)
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  const fileKey = await decrypter.decryptHeader(await headerFrom(reader))
  const key = Buffer.from(hkdfSync('sha256', fileKey, await reader.upTo(NONCE), 'payload', 32))
  let count = 0
  for (let sealed = await reader.upTo(PIECE + TAG), last = false; !last; ) {
    const following = await reader.upTo(PIECE + TAG)
    last = following.length === 0
    const nonce = pieceNonce(count++, last)
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG })
    decipher.setAuthTag(sealed.subarray(-TAG))
    const piece = decipher.update(sealed.subarray(0, -TAG))
    decipher.final()
    yield piece
    sealed = following
  }
}

const BEGINNING = 'age-encryption.org/v1\n'
const LONGEST_HEADER = 65_536

/** Whether a file that begins with these bytes is an age file. */
export function isAge(beginning: Uint8Array): boolean {
  return Buffer.from(beginning).toString('latin1').startsWith(BEGINNING)
}

/** A recipient as `age` of Debian 12 knows it: X25519, not yet the post-quantum kind. */
export function isAgeRecipient(value: string): boolean {
  try {
    new Encrypter().addRecipient(value)
    return !value.startsWith('age1pq')
  } catch {
    return false
  }
}

// Its last line is `--- ` and a MAC.
async function headerFrom(reader: ByteReader): Promise<Buffer> {
  const lines: Buffer[] = []
  let length = 0
  for (let line = ''; !line.startsWith('--- '); ) {
    const read = await lineFrom(reader)
    length += read.length
    if (!read.toString('latin1').endsWith('\n') || length > LONGEST_HEADER)
      throw new Error('it has no header of an age file')
    line = read.toString('latin1')
    lines.push(read)
  }
  return Buffer.concat(lines)
}

async function lineFrom(reader: ByteReader): Promise<Buffer> {
  const bytes: number[] = []
  while (bytes.length < LONGEST_HEADER && bytes.at(-1) !== 10) {
    const [byte] = await reader.upTo(1)
    if (byte === undefined) break
    bytes.push(byte)
  }
  return Buffer.from(bytes)
}

/** The header is that of an empty file, whose own nonce and one piece, an empty one, are dropped. */
async function headerFor(recipients: string[]): Promise<{ header: Uint8Array; fileKey: Uint8Array }> {
  const keys: Uint8Array[] = []
  const witness: Recipient = {
    wrapFileKey: key => {
      keys.push(key)
      return []
    },
  }
  const encrypter = new Encrypter()
  for (const recipient of [...recipients, witness]) encrypter.addRecipient(recipient)
  const empty = await encrypter.encrypt(new Uint8Array())
  const [fileKey] = keys
  if (!fileKey) throw new Error('The age library did not tell the key of the file.')
  return { header: empty.subarray(0, -(NONCE + TAG)), fileKey }
}

function pieceNonce(count: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(count, 5, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}

// The last piece is known only once nothing follows: it may be full, and is empty only where there is nothing at all.
async function* pieces(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ piece: Uint8Array; last: boolean }> {
  const piece = Buffer.alloc(PIECE)
  let used = 0
  for await (const chunk of content) {
    for (let taken = 0; taken < chunk.length; ) {
      if (used === PIECE) {
        yield { piece, last: false }
        used = 0
      }
      const some = chunk.subarray(taken, taken + PIECE - used)
      piece.set(some, used)
      used += some.length
      taken += some.length
    }
  }
  yield { piece: piece.subarray(0, used), last: true }
  piece.fill(0)
}
