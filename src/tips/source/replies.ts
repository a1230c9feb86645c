import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Decrypter } from 'age-encryption'
import { keyOf } from './identity.js'

// Longer than the newsroom's pages send, in bytes of the sealed file.
const MOST_BYTES = 300_000

/**
 * Opens a reply in memory. The longest takes about 4 ms, and other requests go on between its chunks.
 * @returns its text; undefined when this key does not open it, or nothing readable is in it
 */
export async function openReply(
  { content, size }: { content: Readable; size: number },
  identity: Buffer,
): Promise<string | undefined> {
  if (size > MOST_BYTES) return void content.destroy()
  const decrypter = new Decrypter()
  decrypter.addIdentity(await keyOf(identity))
  try {
    const { strFromU8, unzipSync } = await import('fflate')
    const archive = await decrypter.decrypt(await buffer(content))
    const { 'message.txt': text } = unzipSync(archive, {
      filter: ({ name, originalSize }) => name === 'message.txt' && originalSize <= MOST_BYTES,
    })
    archive.fill(0)
    return text && strFromU8(text)
  } catch {
    return undefined
  }
}
