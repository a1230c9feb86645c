import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Encrypter } from 'age-encryption'
import { type Entry, paddedArchive } from './archive.js'

/**
 * Encrypts entries to every recipient (age, C2SP age-encryption.org/v1) while they stream by; only ciphertext reaches
 * the disk. The result opens with `age -d` and `unzip`. Resolves once the file is synced.
 */
export async function seal(entries: Entry[], recipients: string[], file: string): Promise<void> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  const archive = await paddedArchive(entries)
  const sealed = await encrypter.encrypt(Readable.toWeb(archive) as ReadableStream<Uint8Array>)
  await pipeline(
    Readable.fromWeb(sealed as never),
    createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
  )
}
