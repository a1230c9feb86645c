import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface TestKey {
  file: string
  /** the TXT record that belongs to it */
  record: string
}

/** A key file that signs mail, and what the DNS says of it. */
export async function dkimKey(folder: string, kind: 'rsa' | 'ed25519', bits = 2048): Promise<TestKey> {
  const { privateKey } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519')
  const file = path.join(folder, `${kind}-${bits}.pem`)
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return { file, record: `v=DKIM1; k=${kind}; p=${published(privateKey)}` }
}

// RFC 8463: of an Ed25519 key the 32 bytes themselves, without what says that it is one.
function published(privateKey: KeyObject): string {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return (privateKey.asymmetricKeyType === 'ed25519' ? spki.subarray(-32) : spki).toString('base64')
}

/** A resolver that knows what it is given: names to their records by type. */
export function fakeDns(zone: Record<string, Partial<Record<'TXT' | 'MX' | 'A', string[]>>>) {
  return async (name: string, type: string): Promise<never> => {
    const records = zone[name]?.[type as 'TXT']
    if (!records) throw Object.assign(new Error(`queryTxt ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
    if (type === 'TXT') return records.map(text => text.match(/.{1,255}/g)) as never
    if (type === 'MX') return records.map(exchange => ({ exchange, priority: 10 })) as never
    return records as never
  }
}
