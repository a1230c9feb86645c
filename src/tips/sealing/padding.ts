// Short messages all look alike below this.
const SMALLEST = 16_384

/**
 * The size class that a plaintext of `length` bytes is padded to: Padmé, which lets at most O(log log n) bits about
 * the length show for at most 12 % more bytes (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs", PETS 2019), and never less than 16 KiB.
 */
export function sizeClass(length: number): number {
  if (length <= SMALLEST) return SMALLEST
  const exponent = Math.floor(Math.log2(length))
  const kept = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** (exponent - kept)
  return Math.ceil(length / step) * step
}
