import { createHmac, hkdfSync } from 'node:crypto'
import type { Database } from '../../foundation/database.js'
import { sealing } from '../../foundation/sealing.js'
import type { Ring } from '../../foundation/secret.js'
import { foldingRepository } from './folding.repository.js'

const BYTES = 32
const OWNER = 'folding keys'

/**
 * An address as the list of suppressions knows it: a hash by each key after the other, so that who has only the older keys cannot
 * find it out by trying.
 * @param keys oldest first
 */
export function folded(keys: Buffer[], text: string): string {
  return keys.reduce(
    (before, key) =>
      createHmac('sha256', key).update('newsletter suppression\n').update(before).digest('hex'),
    text,
  )
}

/**
 * The keys that hashes of this database were made with, oldest first: those of `secret-key`, also the ones that are forgotten for
 * anything else. Of keys that are lost nothing is known, and the newest begins anew.
 */
export async function foldingKeys(db: Database, { newest, older }: Ring): Promise<Buffer[]> {
  const sealed = await foldingRepository(db).sealedKeys()
  if (sealed === undefined) return [older.at(-1) ?? newest]
  for (const key of [newest, ...older]) {
    const kept = sealer(key).open(sealed, OWNER)
    if (kept) return [...keysIn(kept), key]
  }
  return [newest]
}

/** Hashes all addresses once more with the newest key, unless that was done, and seals the keys before it with it. */
export async function foldAnew(tx: Database, ring: Ring): Promise<void> {
  const keys = await foldingKeys(tx, ring)
  if (keys.at(-1)?.equals(ring.newest)) return
  const repository = foldingRepository(tx)
  await repository.changeHashes(hash => folded([ring.newest], hash))
  await repository.saveSealedKeys(sealer(ring.newest).seal(Buffer.concat(keys), OWNER))
}

function sealer(key: Buffer) {
  return sealing(Buffer.from(hkdfSync('sha256', key, '', 'handpress newsletter folding', BYTES)))
}

function keysIn(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / BYTES }, (_, at) => bytes.subarray(at * BYTES, (at + 1) * BYTES))
}
