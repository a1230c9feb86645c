import { byteReader } from '../foundation/byte-reader.js'
import { OperatorError } from '../foundation/errors.js'

/** A file as the archive tells of it. */
export interface TarEntry {
  /** below the data folder, with slashes */
  name: string
  size: number
  /** permissions, as in `0o600` */
  mode: number
  /** in seconds since 1970 */
  modified: number
}

const BLOCK = 512
/** Two empty blocks (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const TAR_END = Buffer.alloc(2 * BLOCK)

/** The block that stands before a file (ustar); undefined where its name is too long for one. */
export function tarHeader({ name, size, mode, modified }: TarEntry): Buffer | undefined {
  const place = placeOf(name)
  if (!place) return undefined
  const block = Buffer.alloc(BLOCK)
  block.write(place.name, 0, 100)
  block.write(octal(mode & 0o777, 8), 100)
  for (const owner of [108, 116]) block.write(octal(0, 8), owner)
  writeSize(block, size)
  block.write(octal(Math.max(0, Math.floor(modified)), 12), 136)
  block.write('0', 156)
  block.write('ustar\0' + '00', 257)
  block.write(place.prefix, 345, 155)
  block.write(`${octal(sumOf(block), 7)} `, 148)
  return block
}

/** What fills a file's last block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

/**
 * The files of an archive as this program writes them. Each one's content must be read before the next one is asked for.
 * @throws OperatorError when it ends early, holds anything but plain files, or names one outside of its folder
 */
export async function* tarEntries(
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarEntry & { content: AsyncGenerator<Buffer> }> {
  const reader = byteReader(archive)
  for (;;) {
    const block = await reader.upTo(BLOCK)
    if (block.length < BLOCK) throw new OperatorError('it was cut short')
    if (block.every(byte => byte === 0)) break
    const entry = readHeader(block)
    yield { ...entry, content: reader.pass(entry.size) }
    const padding = tarPadding(entry.size).length
    if ((await reader.upTo(padding)).length < padding) throw new OperatorError('it was cut short')
  }
  for await (const rest of reader.pass(Number.POSITIVE_INFINITY))
    if (rest.some(byte => byte !== 0)) throw new OperatorError('something follows its end')
}

function readHeader(block: Buffer): TarEntry {
  if (block.toString('latin1', 257, 262) !== 'ustar' || numberAt(block, 148, 8) !== sumOf(block))
    throw new OperatorError('a header in it was changed')
  // Links, devices and folders have no place in it, and so nothing can lead out of the folder that it is unpacked to.
  if (block[156] !== 0x30) throw new OperatorError('it holds something other than plain files')
  const prefix = textAt(block, 345, 155)
  const name = (prefix ? `${prefix}/` : '') + textAt(block, 0, 100)
  if (!isPlace(name))
    throw new OperatorError(`it names a place outside of its folder (${JSON.stringify(name)})`)
  return { name, size: sizeAt(block), mode: numberAt(block, 100, 8), modified: numberAt(block, 136, 12) }
}

/** Below a folder, and nowhere else. */
export function isPlace(name: string): boolean {
  return name !== '' && name.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}

function placeOf(name: string): { prefix: string; name: string } | undefined {
  const fits = (text: string, length: number) => Buffer.byteLength(text) <= length
  if (fits(name, 100)) return { prefix: '', name }
  for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
    const place = { prefix: name.slice(0, slash), name: name.slice(slash + 1) }
    if (place.name && fits(place.prefix, 155) && fits(place.name, 100)) return place
  }
  return undefined
}

const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`

// Twelve octal digits end at 8 GiB; above that GNU's form, which all of tar, bsdtar and 7-Zip read: a bit, then the number itself.
const LARGEST_OCTAL = 8 ** 11 - 1

function writeSize(block: Buffer, size: number): void {
  if (size <= LARGEST_OCTAL) {
    block.write(octal(size, 12), 124)
    return
  }
  block[124] = 0x80
  block.writeUIntBE(size, 130, 6)
}

function sizeAt(block: Buffer): number {
  return (block[124] as number) & 0x80 ? block.readUIntBE(130, 6) : numberAt(block, 124, 12)
}

// The field of the sum counts as spaces.
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte
  return sum
}

function textAt(block: Buffer, at: number, length: number): string {
  const text = block.toString('utf8', at, at + length)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

function numberAt(block: Buffer, at: number, length: number): number {
  const digits = textAt(block, at, length).trim()
  if (!/^[0-7]{1,12}$/.test(digits)) throw new OperatorError('a header in it was changed')
  return Number.parseInt(digits, 8)
}
