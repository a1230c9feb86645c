import { rmSync } from 'node:fs'
import { access, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { decoder } from './decoder.js'

const unpack = promisify(inflate)
const subsets = ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'vietnamese']

/** How Pango is asked for it; other scripts come from whatever fonts the machine has. */
export const FAMILY = 'Source Serif 4'

let loading: Promise<string> | undefined

/**
 * Makes the paper's bold serif known to the text renderer. The package holds it as WOFF, which Pango accepts but does
 * not draw, so it is unpacked, into a folder of this process's own: the renderer opens the files again and again, and
 * looks for them only where it saw them first.
 */
export async function loadTypeface(): Promise<void> {
  loading ??= load().catch(error => {
    loading = undefined
    throw error
  })
  const folder = await loading
  // Machines that run for weeks sweep their temporary folders.
  await access(path.join(folder, `${subsets.at(-1)}.ttf`)).catch(() => unpackAll(folder))
}

async function load(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-typeface-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const sharp = await decoder()
  for (const fontfile of await unpackAll(folder)) {
    // The renderer keeps every font file that any text has named.
    await sharp({ text: { text: 'a', font: `${FAMILY} Bold 20`, fontfile } })
      .raw()
      .toBuffer()
      // A subset may lack the letter; the file is known all the same.
      .catch(() => undefined)
  }
  return folder
}

async function unpackAll(folder: string): Promise<string[]> {
  const { resolve } = createRequire(import.meta.url)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files: string[] = []
  for (const subset of subsets) {
    const packed = resolve(`@fontsource/source-serif-4/files/source-serif-4-${subset}-700-normal.woff`)
    const file = path.join(folder, `${subset}.ttf`)
    await writeFile(file, await asOpenType(await readFile(packed)))
    files.push(file)
  }
  return files
}

/** The OpenType file that a WOFF file packs, table by table (W3C WOFF File Format 1.0, sections 3 to 5). */
async function asOpenType(woff: Buffer): Promise<Buffer> {
  const count = woff.readUInt16BE(12)
  const directory = Buffer.alloc(12 + 16 * count)
  const power = Math.floor(Math.log2(count))
  woff.copy(directory, 0, 4, 8)
  directory.writeUInt16BE(count, 4)
  directory.writeUInt16BE(16 * 2 ** power, 6)
  directory.writeUInt16BE(power, 8)
  directory.writeUInt16BE(16 * (count - 2 ** power), 10)
  const tables: Buffer[] = []
  let offset = directory.length
  for (let index = 0; index < count; index++) {
    const entry = woff.subarray(44 + 20 * index, 64 + 20 * index)
    const [from, packedLength, length] = [4, 8, 12].map(at => entry.readUInt32BE(at)) as [
      number,
      number,
      number,
    ]
    const packed = woff.subarray(from, from + packedLength)
    const table = packedLength < length ? await unpack(packed) : packed
    const row = 12 + 16 * index
    entry.copy(directory, row, 0, 4)
    entry.copy(directory, row + 4, 16, 20)
    directory.writeUInt32BE(offset, row + 8)
    directory.writeUInt32BE(length, row + 12)
    const padding = Buffer.alloc((4 - (length % 4)) % 4)
    tables.push(table, padding)
    offset += length + padding.length
  }
  return Buffer.concat([directory, ...tables])
}
