import { scryptAsync } from '@noble/hashes/scrypt.js'

// Longer than the 4 ms that browsers wait between timers, short enough that nobody feels the tab hesitate.
const SLICE_MS = 25

/**
 * scrypt (RFC 7914) with r = 8 and p = 1, computed in slices between which the tab answers: browsers have none of their own.
 * @param secret a text counts as UTF-8
 * @param N the cost, a power of two; it takes N KiB of memory and, at 2^17, about a second
 * @returns 32 bytes
 */
export function stretched(
  secret: string | Uint8Array,
  salt: Uint8Array,
  { N }: { N: number },
): Promise<Uint8Array> {
  return scryptAsync(secret, salt, { N, r: 8, p: 1, dkLen: 32, asyncTick: SLICE_MS })
}
