import { Encrypter } from 'age-encryption'
import { Zip, ZipPassThrough } from 'fflate'
import { sizeClass } from '../../../src/tips/sealing/padding.js'

/** What goes into a sealed part. A file is a Blob and is read piece by piece; it never lies in memory as a whole. */
export interface Entry {
  name: string
  content: string | Blob
}

const BLOCK = 65_536

/**
 * Seals entries exactly as the server does (src/tips/sealing/archive.ts): a stored ZIP with constant times, brought to its
 * size class by a last entry `padding` of zeros, encrypted to every recipient (age, C2SP age-encryption.org/v1).
 * @param recipients public keys, `age1…`
 * @param progress is told how many bytes of the entries have been read so far
 * @throws where there is nobody to seal to, a recipient is malformed, or a file cannot be read any more
 */
export async function seal(
  entries: Entry[],
  recipients: string[],
  progress: (bytes: number) => void = () => undefined,
): Promise<Blob> {
  if (recipients.length === 0) throw new Error('There is no key to seal to.')
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  const sealed = await encrypter.encrypt(streamOf(paddedArchive(entries, progress)))
  // Through a Response, since browsers gather its body outside the page's own memory.
  return new Response(sealed).blob()
}

async function* paddedArchive(
  entries: Entry[],
  progress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const length = emptyArchiveSize(entries) + entries.reduce((sum, { content }) => sum + sizeOf(content), 0)
  const written: Uint8Array[] = []
  const zip = zipInto(written)
  let read = 0
  for (const { name, content } of entries) {
    const file = storedFile(zip, name)
    for await (const piece of pieces(content)) {
      file.push(piece)
      yield* written.splice(0)
      read += piece.length
      progress(read)
    }
    file.push(new Uint8Array(), true)
  }
  const padding = storedFile(zip, 'padding')
  for (let left = sizeClass(length) - length; left > 0; left -= BLOCK) {
    padding.push(new Uint8Array(Math.min(left, BLOCK)))
    yield* written.splice(0)
  }
  padding.push(new Uint8Array(), true)
  zip.end()
  yield* written
}

// Stored entries add to an archive exactly their own length, so the rest is measured once, on empty ones.
function emptyArchiveSize(entries: Entry[]): number {
  const written: Uint8Array[] = []
  const zip = zipInto(written)
  for (const name of [...entries.map(entry => entry.name), 'padding']) {
    storedFile(zip, name).push(new Uint8Array(), true)
  }
  zip.end()
  return written.reduce((sum, chunk) => sum + chunk.length, 0)
}

function zipInto(written: Uint8Array[]): Zip {
  return new Zip((error, chunk) => {
    if (error) throw error
    written.push(chunk)
  })
}

/** An entry whose time is the same for everybody, since the time at which a source wrote something is theirs. */
function storedFile(zip: Zip, name: string): ZipPassThrough {
  const file = new ZipPassThrough(name)
  file.mtime = new Date(1980, 0, 1)
  // A plain file of its owner's, in Unix terms (APPNOTE.TXT 4.4.2, 4.4.15).
  file.os = 3
  file.attrs = (0o100600 << 16) >>> 0
  zip.add(file)
  return file
}

function sizeOf(content: string | Blob): number {
  return typeof content === 'string' ? new TextEncoder().encode(content).length : content.size
}

async function* pieces(content: string | Blob): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') return yield new TextEncoder().encode(content)
  const reader = content.stream().getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await chunks.return(undefined)
    },
  })
}
