import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { encrypted } from '../../foundation/age.js'
import { type Entry, paddedArchive } from './archive.js'

/**
 * Encrypts entries to every recipient while they stream by; only ciphertext reaches the disk. The result opens with `age -d` and
 * `unzip`. Resolves once the file is synced.
 */
export async function seal(entries: Entry[], recipients: string[], file: string): Promise<void> {
  await pipeline(
    encrypted(await paddedArchive(entries), recipients),
    createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
  )
}
