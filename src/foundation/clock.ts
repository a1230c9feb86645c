import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** The present, handed to whatever needs it so that tests need no sleeping. */
export type Clock = () => Date

/** Makes a new UUIDv7 (RFC 9562), which sorts by the time it was made. */
export type Ids = () => string

export const systemClock: Clock = () => new Date()

const BYTES = 16
// Asking the system for so few at a time takes longer than all the rest.
const drawn = new Uint8Array(256 * BYTES)
let used = drawn.length

function randomBytes(): Uint8Array {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  used += BYTES
  return drawn.subarray(used - BYTES, used)
}

let latest = Number.NEGATIVE_INFINITY
let sequence = 0

/** Those of one process sort in the order in which they were made, whatever becomes of the machine's clock (RFC 9562, 6.2, method 1). */
export const uuids: Ids = () => {
  const random = randomBytes()
  const now = Date.now()
  sequence = now > latest ? Buffer.from(random.buffer, random.byteOffset).readUInt32BE(6) >>> 1 : sequence + 1
  latest = Math.max(now, latest)
  return v7({ random, msecs: latest, seq: sequence })
}
