import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { sizeClass } from './padding.js'

export interface Entry {
  name: string
  content: AsyncIterable<Uint8Array>
}

// Constant, since the time at which a source wrote something is theirs.
const entryOptions = { compress: false, mtime: new Date(1980, 0, 1), mode: 0o100600, forceDosTimestamp: true }

/**
 * A stored (uncompressed) ZIP of the entries, brought to its size class by a last entry `padding` of zeros. It is
 * written while the entries are read, so that nothing waits in memory or on the disk.
 */
export async function paddedArchive(entries: Entry[]): Promise<Readable> {
  const envelope = await emptyArchiveSize(entries.map(entry => entry.name))
  let content = 0
  const add = (size: number) => {
    content += size
  }
  const counted = entries.map(entry => ({ ...entry, content: counting(entry.content, add) }))
  return archive(counted, () => zeros(sizeClass(envelope + content) - envelope - content))
}

function archive(entries: Entry[], padding: () => Readable): Readable {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  for (const { name, content } of entries) {
    const stream = Readable.from(content, { objectMode: false })
    // Whatever breaks one entry breaks the archive; yazl itself would wait for ever.
    stream.on('error', error => output.destroy(error))
    zip.addReadStream(stream, name, entryOptions)
  }
  zip.addReadStreamLazy('padding', entryOptions, ready => ready(null, padding()))
  zip.end()
  return output
}

// Stored entries add to an archive exactly their own length, so the rest is measured once, on empty ones.
async function emptyArchiveSize(names: string[]): Promise<number> {
  const nothing = () => Readable.from([])
  return (
    await buffer(
      archive(
        names.map(name => ({ name, content: nothing() })),
        nothing,
      ),
    )
  ).length
}

async function* counting(
  content: AsyncIterable<Uint8Array>,
  add: (size: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    add(chunk.length)
    yield chunk
  }
}

function zeros(length: number): Readable {
  const block = Buffer.alloc(65_536)
  return Readable.from(
    (function* () {
      for (let left = length; left > 0; left -= block.length) yield block.subarray(0, left)
    })(),
    { objectMode: false },
  )
}
