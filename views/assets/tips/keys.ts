// Keys of the newsroom, made and opened in the tab. A secret half lives in closures and in the tab's memory alone: nothing
// here stores one, puts one into the page or sends one anywhere.
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { passphraseIdentity, passphraseRecipient } from './passphrase-stanza.js'

export interface KeyPair {
  /** the secret half, `AGE-SECRET-KEY-1…` */
  identity: string
  /** the public half, `age1…` */
  recipient: string
}

/** What `unlock` says when it cannot; its message is for whoever asked. */
export class Locked extends Error {
  override name = 'Locked'
}

/** A new X25519 key pair from the browser's own generator of random numbers. */
export async function newKeyPair(): Promise<KeyPair> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** The text of an identity file, as age-keygen writes it. @param day of today, `2020-12-24` */
export function identityFile({ identity, recipient }: KeyPair, day: string): string {
  return `# created: ${day}\n# public key: ${recipient}\n${identity}\n`
}

/**
 * Seals an identity file with a passphrase (age's scrypt recipient, N = 2^18), armoured: what a server may keep, and what
 * `age -d -i` takes as an identity file.
 */
export async function wrap(pair: KeyPair, passphrase: string, day: string): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(passphraseRecipient(composed(passphrase)))
  return armor.encode(await encrypter.encrypt(identityFile(pair, day)))
}

/**
 * The secret half that an identity file, or one that a passphrase seals, holds. It takes a second or two.
 * @param file armoured, binary, or the plain text of an identity file, for which the passphrase does not matter
 * @returns the identity, `AGE-SECRET-KEY-1…`
 * @throws Locked with a sentence when the passphrase is wrong or there is no key in it
 */
export async function unlock(file: string | Uint8Array, passphrase: string): Promise<string> {
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file
  const text = new TextDecoder().decode(bytes)
  if (!isSealed(text)) return identityIn(text)
  const decrypter = new Decrypter()
  decrypter.addIdentity(passphraseIdentity(composed(passphrase)))
  const sealed = text.trimStart().startsWith('-----BEGIN AGE') ? armor.decode(text.trim()) : bytes
  const opened = await decrypter.decrypt(sealed, 'text').catch(() => {
    throw new Locked('The passphrase does not open this key. Check it, and the key that you chose.')
  })
  return identityIn(opened)
}

/** Whether a key file asks for a passphrase. */
function isSealed(text: string): boolean {
  return /^\s*(-----BEGIN AGE|age-encryption\.org\/v1)/.test(text)
}

/** The public half of an identity. */
export async function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity)
}

/** Seals a test message to the public half and opens it with the secret half. @throws when they do not belong together */
export async function proveFits(identity: string, recipient: string): Promise<void> {
  const message = `A test message, ${crypto.randomUUID()}`
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const opened = await decrypter.decrypt(await encrypter.encrypt(message), 'text')
  if (opened !== message) throw new Error('The key does not open what is sealed to it.')
}

function identityIn(text: string): string {
  const identity = text
    .split('\n')
    .map(line => line.trim())
    .find(line => /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(line))
  if (identity) return identity
  throw new Locked(
    'There is no age secret key in this file. Choose the file that you saved when the key was made.',
  )
}

// The same characters typed on another keyboard are the same passphrase; a terminal sends them composed as well.
function composed(passphrase: string): string {
  return passphrase.normalize('NFC')
}
