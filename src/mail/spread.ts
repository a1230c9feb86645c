import { createHash } from 'node:crypto'

/** A number from 0 to 1 that is always the same for the same mail: spreads retries without chance. */
export function spread(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32
}
