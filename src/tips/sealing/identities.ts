import { readFile } from 'node:fs/promises'
import { armor, Decrypter } from 'age-encryption'
import { OperatorError } from '../../foundation/errors.js'

/**
 * A way to decrypt with every key of an identity file, which may itself be sealed with a passphrase, armoured or not.
 * @param passphrase asked for only where the file is sealed
 * @throws OperatorError when the file holds no key or the passphrase does not open it
 */
export async function identitiesFrom(file: string, passphrase: () => Promise<string>): Promise<Decrypter> {
  const keys = (await identityText(file, passphrase)).split('\n').map(line => line.trim())
  const secret = keys.filter(line => line && !line.startsWith('#'))
  const decrypter = new Decrypter()
  try {
    for (const key of secret) decrypter.addIdentity(key)
  } catch {
    throw new OperatorError(`${file} is no age identity file: its lines must begin with AGE-SECRET-KEY-1.`)
  }
  if (secret.length === 0) throw new OperatorError(`${file} holds no age secret key.`)
  return decrypter
}

async function identityText(file: string, passphrase: () => Promise<string>): Promise<string> {
  const bytes = await readFile(file)
  const text = bytes.toString('utf8')
  const armoured = text.trimStart().startsWith('-----BEGIN AGE')
  if (!armoured && !text.startsWith('age-encryption.org/v1')) return text
  const decrypter = new Decrypter()
  // The same characters typed on another keyboard are the same passphrase.
  decrypter.addPassphrase((await passphrase()).normalize('NFC'))
  try {
    return await decrypter.decrypt(armoured ? armor.decode(text.trim()) : bytes, 'text')
  } catch {
    throw new OperatorError(`The passphrase does not open ${file}. Check it, and the file.`)
  }
}
