import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** What the head of an age file tells without any key. */
export interface AgeHeader {
  /** in bytes; what follows is the nonce and the sealed payload */
  length: number
  /** a line of arguments for each recipient: `X25519 <share>`, `scrypt <salt> <work factor>` */
  stanzas: string[]
  /** SHA-256 of the header, hex: every sealing has another one, since its file key and shares are random */
  digest: string
}

/** Room for some 500 X25519 recipients. */
const LONGEST_HEADER = 65_536

const VERSION = Buffer.from('age-encryption.org/v1\n')
const MAC = '\n--- '

const header =
  /^age-encryption\.org\/v1\n((?:-> [!-~]+(?: [!-~]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+)--- [A-Za-z0-9+/]{43}\n/

/** Reads the header (C2SP age, "Header") at the beginning of a file's bytes; undefined when there is none. */
export function parseAgeHeader(head: Uint8Array): AgeHeader | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, LONGEST_HEADER)).toString(
    'latin1',
  )
  const [whole, stanzas = ''] = header.exec(text) ?? []
  if (!whole) return undefined
  return {
    length: whole.length,
    stanzas: [...stanzas.matchAll(/^-> (.+)$/gm)].map(([, args = '']) => args),
    digest: createHash('sha256').update(whole, 'latin1').digest('hex'),
  }
}

/**
 * The same, of a file that is still arriving.
 * @returns `unfinished` while the header is not all there; undefined once it cannot become one
 */
export function arrivingAgeHeader(start: Buffer): AgeHeader | 'unfinished' | undefined {
  if (!VERSION.subarray(0, start.length).equals(start.subarray(0, VERSION.length))) return undefined
  const mac = start.indexOf(MAC)
  if (mac >= 0 && start.includes('\n', mac + MAC.length)) return parseAgeHeader(start)
  return start.length < LONGEST_HEADER ? 'unfinished' : undefined
}

/** How many X25519 recipients a file is sealed to; to whom, it does not tell. */
export function x25519Recipients({ stanzas }: AgeHeader): number {
  return stanzas.filter(stanza => /^X25519 [A-Za-z0-9+/]{43}$/.test(stanza)).length
}

/** The header of a file on the disk, and the file's length. Throws ENOENT when it is not there. */
export async function readAgeHeader(file: string): Promise<{ header: AgeHeader | undefined; size: number }> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const head = Buffer.alloc(Math.min(size, LONGEST_HEADER))
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    return { header: parseAgeHeader(head.subarray(0, bytesRead)), size }
  } finally {
    await handle.close()
  }
}
