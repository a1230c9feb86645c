import { Decrypter, Encrypter } from 'age-encryption'

/** A part that is not sealed to everybody yet, as the server names it. */
export interface Behind {
  tipId: string
  part: string
  size: number
  recipients: string[]
  generation: number
}

interface Page {
  parts: Omit<Behind, 'generation'>[]
  next?: string
  generation: number
}

/** Parts that are to be sealed anew, asked for a page at a time. @param whole all parts */
export async function* behindParts(whole: boolean): AsyncGenerator<Behind> {
  let after: string | undefined
  do {
    const query = new URLSearchParams({ ...(after && { after }), ...(whole && { whole: 'yes' }) })
    const answer = await fetch(`/admin/tips/resealing/parts?${query}`)
    if (!answer.ok) throw new Error('The server does not answer.')
    const page: Page = await answer.json()
    for (const part of page.parts) yield { ...part, generation: page.generation }
    after = page.next
  } while (after)
}

/**
 * Opens a part and seals the same archive to all its recipients, piece by piece: in clear it never lies in memory as a
 * whole, nor in a Blob, of which a browser may make a file.
 * @returns why it was left as it is; undefined: it was not
 */
export async function reseal(
  { tipId, part, recipients, generation }: Behind,
  identity: string,
  csrf: string,
): Promise<string | undefined> {
  const address = `/admin/tips/${tipId}/parts/${part}`
  const fetched = await fetch(address)
  if (fetched.status === 404) return 'it was erased meanwhile.'
  if (!fetched.ok || !fetched.body) return 'the server did not hand it out.'
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  let sealed: Blob
  try {
    const archive = await decrypter.decrypt(fetched.body)
    sealed = await new Response(await encrypter.encrypt(archive)).blob()
  } catch {
    return 'this key does not open it, or it is damaged. Somebody whose key opens it can seal it anew.'
  }
  const put = await fetch(address, {
    method: 'PUT',
    headers: {
      'x-csrf-token': csrf,
      'content-type': 'application/octet-stream',
      'if-match': fetched.headers.get('etag') ?? '',
      'x-tips-generation': String(generation),
    },
    body: sealed,
  })
  if (put.ok) return undefined
  if (put.status === 404) return 'it was erased meanwhile.'
  if (put.status === 409) return 'it, or the list of keys, was changed meanwhile. Begin again.'
  return 'the server did not take it back. Begin again in a minute.'
}
