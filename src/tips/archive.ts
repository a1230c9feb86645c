import { Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { sizeClass } from './padding.js'

export interface Entry {
  name: string
  content: Readable
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
  const counted = entries.map(entry => ({
    ...entry,
    content: entry.content.pipe(counter(size => (content += size))),
  }))
  for (const [index, entry] of entries.entries()) {
    entry.content.once('error', error => counted[index]?.content.destroy(error))
  }
  return archive(counted, () => zeros(sizeClass(envelope + content) - envelope - content))
}

function archive(entries: Entry[], padding: () => Readable): Readable {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  zip.on('error', error => output.destroy(error as Error))
  for (const { name, content } of entries) zip.addReadStream(content, name, entryOptions)
  zip.addReadStreamLazy('padding', entryOptions, ready => ready(null, padding()))
  zip.end()
  return output
}

// Stored entries add to an archive exactly their own length, so the rest is measured once, on empty ones.
async function emptyArchiveSize(names: string[]): Promise<number> {
  const entries = names.map(name => ({ name, content: Readable.from([]) }))
  return (await buffer(archive(entries, () => Readable.from([])))).length
}

function counter(add: (size: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      add(chunk.length)
      done(null, chunk)
    },
  })
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
