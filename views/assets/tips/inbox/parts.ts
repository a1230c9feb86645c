import { Decrypter } from 'age-encryption'
import { type OpenedEntry, openSealed, textOf } from '../open.js'
import { stayAwake, unlockedIdentity } from '../unlocked.js'

/** Why a part does not open; the message is for whoever asked. */
export class Unopened extends Error {
  override name = 'Unopened'
}

export interface OpenedText {
  message: string
  contact: string | undefined
}

const MOST_KEPT = 300

// Texts that were opened before, for as long as the tab has this document.
const texts = new Map<string, OpenedText>()

/** Fetches a part and opens it with the unlocked key. @throws Unopened with a sentence */
export async function openPart(address: string, signal?: AbortSignal): Promise<OpenedEntry[]> {
  const body = await fetched(address, signal)
  return opening(openSealed(body, identity()))
}

/** The text of a message, reply or note. @throws Unopened with a sentence */
export async function openText(address: string, signal?: AbortSignal): Promise<OpenedText> {
  const known = texts.get(address)
  if (known) return known
  const entries = await openPart(address, signal)
  const opened = { message: textOf(entries, 'message.txt') ?? '', contact: textOf(entries, 'contact.txt') }
  if (texts.size >= MOST_KEPT) texts.delete(texts.keys().next().value ?? '')
  texts.set(address, opened)
  return opened
}

/** The name of the file in a part, and how it begins, without fetching the rest. @throws Unopened with a sentence */
export async function peekFile(address: string, signal?: AbortSignal): Promise<OpenedEntry> {
  const stop = new AbortController()
  signal?.addEventListener('abort', () => stop.abort())
  try {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity())
    const archive = await opening(decrypter.decrypt(await fetched(address, stop.signal)))
    const { value } = await archive.getReader().read()
    return firstEntry(value ?? new Uint8Array())
  } finally {
    stop.abort()
  }
}

async function fetched(
  address: string,
  signal?: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  stayAwake()
  const answer = await fetch(address, { signal: signal ?? null }).catch(() => undefined)
  signal?.throwIfAborted()
  if (!answer) throw new Unopened('The server did not answer. Try again.')
  if (answer.status === 404) throw new Unopened('It is not on the server any more.')
  if (!answer.ok || answer.redirected || !answer.body)
    throw new Unopened('The server did not give it. Open the page again.')
  return answer.body
}

function identity(): string {
  const held = unlockedIdentity()
  if (!held) throw new Unopened('Your key is locked. Unlock it again.')
  return held
}

async function opening<T>(work: Promise<T>): Promise<T> {
  return work.catch(() => {
    throw new Unopened(
      'It does not open with this key: it was sealed before the key was made, or it is damaged. A colleague can re-seal old tips for new keys.',
    )
  })
}

// A local file header (APPNOTE.TXT 4.3.7): its name at byte 30, then an extra field, then the content.
function firstEntry(bytes: Uint8Array): OpenedEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 30 || view.getUint32(0, true) !== 0x04034b50)
    throw new Unopened('This part holds no archive of the tip line.')
  const name = 30 + view.getUint16(26, true)
  return {
    name: new TextDecoder().decode(bytes.subarray(30, name)),
    content: bytes.slice(name + view.getUint16(28, true)),
  }
}
