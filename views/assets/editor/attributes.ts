/**
 * The opening line of a block (`::: report outlet="…"`), read by the very expression that
 * src/foundation/markdown/blocks.ts reads it by, so that what a form shows is what readers will see.
 */
const attribute = /([a-z]+)="((?:[^"\\]|\\.)*)"/g

/** The attributes of a block's opening line, unquoted. Where one stands twice the last counts. */
export function readAttributes(line: string): Record<string, string> {
  return Object.fromEntries(
    [...line.matchAll(attribute)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, '$1').trim(),
    ]),
  )
}

/**
 * The opening line with other values. Only what differs is written anew: an attribute that keeps its value keeps
 * its bytes, one that became empty goes, a new one is added behind the others.
 */
export function changeAttributes(line: string, wanted: Record<string, string>): string {
  const current = readAttributes(line)
  let changed = line
  for (const [name, text] of Object.entries(wanted)) {
    const value = oneLine(text)
    if (value === (current[name] ?? '')) continue
    changed = value ? setAttribute(changed, name, value) : removeAttribute(changed, name)
  }
  return says(changed, wanted) ? changed : afresh(line, { ...current, ...wanted })
}

function says(line: string, wanted: Record<string, string>): boolean {
  const read = readAttributes(line)
  return Object.entries(wanted).every(([name, value]) => (read[name] ?? '') === oneLine(value))
}

// A line with a stray quotation mark cannot be mended in place.
function afresh(line: string, attributes: Record<string, string>): string {
  const [start = ''] = /^[\s>]*:*\s*[a-z]*/.exec(line) ?? []
  const written = Object.entries(attributes)
    .filter(([, value]) => oneLine(value))
    .map(([name, value]) => ` ${name}="${quoted(oneLine(value))}"`)
  return start + written.join('') + (line.endsWith('\r') ? '\r' : '')
}

function setAttribute(line: string, name: string, value: string): string {
  const written = `${name}="${quoted(value)}"`
  const last = occurrences(line, name).at(-1)
  if (last) return line.slice(0, last.index) + written + line.slice(last.index + last[0].length)
  const end = line.trimEnd()
  return `${end} ${written}${line.slice(end.length)}`
}

function removeAttribute(line: string, name: string): string {
  let left = line
  for (const found of occurrences(line, name).reverse()) {
    const before = left.slice(0, found.index)
    const gap = /\s$/.test(before) ? 1 : 0
    left = before.slice(0, before.length - gap) + left.slice(found.index + found[0].length)
  }
  return left
}

function occurrences(line: string, name: string) {
  return [...line.matchAll(attribute)].filter(([, found]) => found === name)
}

/** A value as it can stand in a line of its own: attributes hold no line breaks. */
export function oneLine(value: string): string {
  return value.replace(/[\r\n\u2028\u2029]+/g, ' ').trim()
}

function quoted(value: string): string {
  return value.replace(/[\\"]/g, '\\$&')
}
