import { webcrypto } from 'node:crypto'
import { Encrypter, identityToRecipient } from 'age-encryption'

// All that stands before the 32 bytes of an X25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** A source's private key as the age library takes it. Never a text: those cannot be erased from memory. */
export async function keyOf(identity: Buffer): Promise<CryptoKey> {
  const pkcs8 = Buffer.concat([PKCS8_HEAD, identity])
  const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, { name: 'X25519' }, false, ['deriveBits'])
  pkcs8.fill(0)
  return key as CryptoKey
}

/** The public half of a private key, `age1…`. */
export async function recipientOf(identity: Buffer): Promise<string> {
  return identityToRecipient(await keyOf(identity))
}

/** Whether a text is an X25519 recipient that can be sealed to: of its form, its checksum right, on no weak point. */
export async function isRecipient(text: string): Promise<boolean> {
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(text)) return false
  try {
    const encrypter = new Encrypter()
    encrypter.addRecipient(text)
    await encrypter.encrypt('')
    return true
  } catch {
    return false
  }
}
