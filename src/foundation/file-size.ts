const MEGABYTE = 1_000_000

/** A length in bytes as people say it: `820 KB`, `12.4 MB`, `3.1 GB`. */
export function fileSize(bytes: number): string {
  if (bytes < MEGABYTE) return `${Math.ceil(bytes / 1_000)} KB`
  if (bytes < 1_000 * MEGABYTE) return `${(bytes / MEGABYTE).toFixed(1)} MB`
  return `${(bytes / 1_000 / MEGABYTE).toFixed(1)} GB`
}
