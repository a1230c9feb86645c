import { createHash } from 'node:crypto'

/**
 * Which addresses a file held so far, in eight bytes each: by the first 64 bits of a digest, at which a million addresses meet
 * by chance once in forty million files. A set of the texts themselves would take twenty times as much.
 */
export class AddressSet {
  private slots = new BigUint64Array(1 << 12)
  private size = 0

  /** Adds an address. @returns whether it was new */
  add(key: string): boolean {
    if (this.size * 2 > this.slots.length) this.grow()
    const mark = markOf(key)
    const slot = slotFor(this.slots, mark)
    if (this.slots[slot] === mark) return false
    this.slots[slot] = mark
    this.size += 1
    return true
  }

  private grow(): void {
    const grown = new BigUint64Array(this.slots.length * 2)
    for (const mark of this.slots) if (mark !== 0n) grown[slotFor(grown, mark)] = mark
    this.slots = grown
  }
}

// Zero stands for an empty slot.
function markOf(key: string): bigint {
  return createHash('sha256').update(key).digest().readBigUInt64LE() || 1n
}

function slotFor(slots: BigUint64Array, mark: bigint): number {
  const mask = slots.length - 1
  let slot = Number(mark & BigInt(mask))
  while (slots[slot] !== 0n && slots[slot] !== mark) slot = (slot + 1) & mask
  return slot
}
