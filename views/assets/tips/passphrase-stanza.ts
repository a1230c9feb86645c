import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { base64nopad } from '@scure/base'
import { type Identity, type Recipient, Stanza } from 'age-encryption'
import { stretched } from './scrypt.js'

// The library has this recipient too ("The scrypt recipient type", age-encryption.org/v1), but its scrypt holds the tab still.

const LABEL = new TextEncoder().encode('age-encryption.org/v1/scrypt')
/** 2^18, as the age program takes it */
const WORK_FACTOR = 18
/** 1 GiB of memory, the most that a file may ask of a tab */
const MOST_WORK = 20
// Each key is used once: the salt is another one in each file.
const NONCE = new Uint8Array(12)

/** Seals to a passphrase; it has to be a file's only recipient. */
export function passphraseRecipient(passphrase: string): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const salt = crypto.getRandomValues(new Uint8Array(16))
      const key = await keyOf(passphrase, salt, WORK_FACTOR)
      const body = chacha20poly1305(key, NONCE).encrypt(fileKey)
      return [new Stanza(['scrypt', base64nopad.encode(salt), String(WORK_FACTOR)], body)]
    },
  }
}

/** Opens what is sealed to a passphrase. What is none of it, or asks for more work than a tab can do, is an Error of `decrypt`. */
export function passphraseIdentity(passphrase: string): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const stanza = stanzas.find(({ args }) => args[0] === 'scrypt')
      if (!stanza) return null
      if (stanzas.length !== 1) throw new Error('A passphrase has to be the only recipient of a file.')
      const { salt, workFactor } = argumentsOf(stanza)
      // A file key is 16 bytes and its tag as many: a longer one could open to several passphrases.
      if (stanza.body.length !== 32) throw new Error('This is no file key.')
      return opened(stanza.body, await keyOf(passphrase, salt, workFactor))
    },
  }
}

function argumentsOf({ args }: Stanza): { salt: Uint8Array; workFactor: number } {
  const [, salt = '', factor = ''] = args
  if (args.length !== 3 || !/^[1-9][0-9]*$/.test(factor)) throw new Error('This is no scrypt stanza.')
  const bytes = base64nopad.decode(salt)
  if (bytes.length !== 16) throw new Error('This is no scrypt stanza.')
  if (Number(factor) > MOST_WORK) throw new Error('This file asks for more work than a tab can do.')
  return { salt: bytes, workFactor: Number(factor) }
}

function keyOf(passphrase: string, salt: Uint8Array, workFactor: number): Promise<Uint8Array> {
  return stretched(passphrase, new Uint8Array([...LABEL, ...salt]), { N: 2 ** workFactor })
}

function opened(body: Uint8Array, key: Uint8Array): Uint8Array | null {
  try {
    return chacha20poly1305(key, NONCE).decrypt(body)
  } catch {
    return null
  }
}
