import type { Database } from '../../foundation/database.js'
import { tipsRepository } from './repository.js'
import type { PlacedPart } from './schema.js'
import { partName } from './sealed-store.js'

const BATCH = 1_000

/** Every file of ciphertext that a row names, below the data folder. */
export async function* sealedNames(db: Database): AsyncGenerator<string> {
  let last: PlacedPart | undefined
  do {
    const parts = await tipsRepository(db).placedParts(BATCH, last)
    for (const part of parts) yield `tips/sealed/${part.tipId}/${partName(part)}`
    last = parts.at(-1)
  } while (last)
}
