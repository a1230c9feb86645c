import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

/** A file that came in and is not in the library yet. */
export interface Incoming {
  file: string
  /** sha256, hex */
  hash: string
  bytes: number
}

export type Originals = ReturnType<typeof originals>

/**
 * Originals as they came. They hold where and when a photograph was taken, so only this program's user may read them
 * and no address leads to them but the desk's.
 */
export function originals(folder: string) {
  const incoming = path.join(folder, 'incoming')
  const discard = (file: string) => rm(file, { force: true })
  return {
    async prepare(): Promise<void> {
      await mkdir(incoming, { recursive: true, mode: 0o700 })
    },

    /** Writes a stream to disk as it comes, whatever its size. @param name new, for the file */
    async receive(name: string, source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Incoming> {
      const file = path.join(incoming, name)
      const digest = createHash('sha256')
      let bytes = 0
      const measured = async function* (chunks: AsyncIterable<Buffer> | Iterable<Buffer>) {
        for await (const chunk of chunks) {
          digest.update(chunk)
          bytes += chunk.length
          yield chunk
        }
      }
      try {
        await pipeline(source, measured, createWriteStream(file, { mode: 0o600, flags: 'wx', flush: true }))
      } catch (error) {
        await discard(file)
        throw error
      }
      return { file, hash: digest.digest('hex'), bytes }
    },

    /** Gives a file its place for good. @returns its name there */
    async keep({ file }: Incoming, name: string): Promise<string> {
      await rename(file, path.join(folder, name))
      const home = await open(folder, 'r')
      await home.sync().finally(() => home.close())
      return name
    },

    /** Removes what came in and was not kept. */
    drop: ({ file }: Incoming): Promise<void> => discard(file),

    /** Removes an original that was kept. */
    remove: (name: string): Promise<void> => discard(path.join(folder, name)),

    where: (name: string): string => path.join(folder, name),

    read: (name: string): ReadStream => createReadStream(path.join(folder, name)),

    /** Removes what no row names and nothing writes to any more: a crash may leave such files. */
    async sweep(isKnown: (name: string) => boolean, before: Date): Promise<void> {
      await sweepFolder(incoming, () => false, before)
      await sweepFolder(folder, name => name === 'incoming' || isKnown(name), before)
    },
  }
}

/** Removes files of a folder that are not known and older than a moment. */
export async function sweepFolder(
  folder: string,
  isKnown: (name: string) => boolean,
  before: Date,
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isKnown(name)) continue
    const file = path.join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile() && found.mtime < before) await rm(file, { force: true })
  }
}
