import { existsSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { OperatorError } from '../../foundation/errors.js'

interface KeyPair {
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
function keyFile(dataDir: string): string {
  return path.join(dataDir, 'newsroom-key.txt')
}

/** The key file's path while it is still on this machine. */
export function keyOnServer(dataDir: string): string | undefined {
  return existsSync(keyFile(dataDir)) ? keyFile(dataDir) : undefined
}

/**
 * The public half of the newsroom's first key, whose secret half is written beside the database once. Where a key file
 * lies there already (the tip line's database was lost, say), that key is used on.
 */
export async function firstRecipient(dataDir: string, day: string): Promise<string> {
  if (!keyOnServer(dataDir)) await makeKeyFile(dataDir, day)
  return recipientOf(await readFile(keyFile(dataDir), 'utf8'))
}

// The name comes last, and not in the place of a key that another program made meanwhile.
async function makeKeyFile(dataDir: string, day: string): Promise<void> {
  const unfinished = `${keyFile(dataDir)}.${process.pid}.partial`
  const { identityFile } = await newKeyPair(day)
  try {
    await writeFile(unfinished, identityFile, { mode: 0o600, flush: true })
    await link(unfinished, keyFile(dataDir))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** The public half of the key whose file is still on this machine; undefined when there is none, or none that is readable. */
export async function recipientOnServer(dataDir: string): Promise<string | undefined> {
  if (!keyOnServer(dataDir)) return undefined
  return recipientOf(await readFile(keyFile(dataDir), 'utf8')).catch(() => undefined)
}

async function recipientOf(identityFile: string): Promise<string> {
  const secret = identityFile.split('\n').find(line => line.startsWith('AGE-SECRET-KEY-1'))
  if (secret) return identityToRecipient(secret.trim())
  throw new OperatorError(
    'The file newsroom-key.txt in the data directory holds no age secret key. Move it away and start again.',
  )
}
