import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'

export interface KeyPair {
  /** `age1…` */
  recipient: string
  /** the text of an identity file, as age-keygen writes it */
  identityFile: string
}

/** Makes a key pair for the newsroom. Debian's age reads X25519 keys, not yet the post-quantum ones. */
export async function newKeyPair(day: string): Promise<KeyPair> {
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  return { recipient, identityFile: `# created: ${day}\n# public key: ${recipient}\n${identity}\n` }
}

/** Where the secret half lies after a first start, until somebody moves it away. */
export function keyFile(dataDir: string): string {
  return path.join(dataDir, 'newsroom-key.txt')
}

/** The key file's path while it is still on this machine. */
export function keyOnServer(dataDir: string): string | undefined {
  return existsSync(keyFile(dataDir)) ? keyFile(dataDir) : undefined
}

/** Writes the secret half once; an existing file is never overwritten. */
export async function writeKey(dataDir: string, { identityFile }: KeyPair): Promise<void> {
  await writeFile(keyFile(dataDir), identityFile, { mode: 0o600, flag: 'wx', flush: true })
}
