/**
 * A name that any ZIP program takes: the last part of the path, without control characters or anything reserved. The
 * browser's script goes by it as well as the server.
 */
export function entryName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ''
  const safe = base
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '_')
    .replace(/^\.+/, '')
    .slice(0, 120)
    .trim()
  return safe && safe !== 'padding' ? safe : 'file'
}
