import { Decrypter } from 'age-encryption'
import { unzipSync } from 'fflate'

/** What stood in a sealed part: `message.txt`, `contact.txt`, or a file under its name. */
export interface OpenedEntry {
  name: string
  content: Uint8Array<ArrayBuffer>
}

/**
 * Opens one sealed part and drops its padding. Works on what this site's form, its scripts or the newsroom sealed.
 * @param sealed ciphertext, as it came from the server
 * @param identity the secret key, `AGE-SECRET-KEY-1…`
 * @throws when the key does not fit, or the part was damaged or is not of our making
 */
export async function openSealed(
  sealed: Blob | ReadableStream<Uint8Array<ArrayBuffer>>,
  identity: string,
): Promise<OpenedEntry[]> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const stream = sealed instanceof Blob ? sealed.stream() : sealed
  const archive = (await decrypter.decrypt(stream)) as ReadableStream<Uint8Array<ArrayBuffer>>
  // Into memory, not into a Blob: of a large Blob, Firefox makes a temporary file.
  return entriesOf(new Uint8Array(await new Response(archive).arrayBuffer()))
}

function entriesOf(archive: Uint8Array<ArrayBuffer>): OpenedEntry[] {
  const files = unzipSync(archive, {
    filter: ({ name, compression }) => {
      // What is stored cannot be larger than what came: a small part that unpacks to gigabytes is none of ours.
      if (compression !== 0) throw new Error('This part is compressed, which the tip line never does.')
      return name !== 'padding'
    },
  })
  return Object.entries(files).map(([name, content]) => ({
    name,
    content: content as Uint8Array<ArrayBuffer>,
  }))
}

/** A text among the entries; undefined when there is none of that name. */
export function textOf(entries: OpenedEntry[], name: string): string | undefined {
  const entry = entries.find(candidate => candidate.name === name)
  return entry && new TextDecoder().decode(entry.content)
}
