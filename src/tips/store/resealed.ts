import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { TooLarge } from '../../foundation/errors.js'
import { type AgeHeader, readAgeHeader } from '../sealing/age-header.js'
import { stagingName } from './staging-names.js'

/** A part as it lies on the disk. */
export interface LyingPart {
  /** undefined when the file is no age file any more */
  header: AgeHeader | undefined
  size: number
}

/** The same part sealed anew, waiting for its place. */
export interface Resealed extends LyingPart {
  /** Takes the place of the file before, at once and where a crash leaves it, dated to the day of the part. */
  replace(target: string, day: string): Promise<void>
  /** Removes it, unless it found its place. */
  discard(): Promise<void>
}

/**
 * Writes ciphertext that somebody's browser made into the folder for what is not kept yet.
 * @throws TooLarge once more than `most` bytes came
 */
export async function stageResealed(
  staging: string,
  content: AsyncIterable<Uint8Array>,
  most: number,
): Promise<Resealed> {
  const file = path.join(staging, `${stagingName()}.age`)
  const discard = () => rm(file, { force: true })
  try {
    await pipeline(limited(content, most), createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }))
    return { ...(await readAgeHeader(file)), replace: (target, day) => replace(file, target, day), discard }
  } catch (error) {
    await discard()
    throw error
  }
}

async function replace(file: string, target: string, day: string): Promise<void> {
  // The part keeps the day on which it came, and its folder what it tells; when it was sealed anew is nobody's business.
  const home = path.dirname(target)
  const { mtime } = await stat(home)
  const midnight = new Date(`${day}T00:00:00Z`)
  await utimes(file, midnight, midnight)
  await rename(file, target)
  const folder = await open(home, 'r')
  await folder.sync()
  await folder.close()
  await utimes(home, mtime, mtime)
}

async function* limited(content: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let left = most
  for await (const chunk of content) {
    left -= chunk.length
    if (left < 0)
      throw new TooLarge('This is larger than the part that it is to replace. Nothing was changed.')
    yield chunk
  }
}
