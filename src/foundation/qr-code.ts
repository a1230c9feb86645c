import { LRUCache } from 'lru-cache'
import { encode } from 'uqr'
import { escapeHtml } from './escape.js'

// ISO/IEC 18004: four modules of white on every side.
const QUIET_ZONE = 4

interface Drawing {
  /** modules on a side, quiet zone included */
  size: number
  path: string
}

const drawings = new LRUCache<string, Drawing>({ max: 200 })

/**
 * A QR code as inline SVG: black on white in every colour scheme, because many cameras read no other.
 * @param label what it is, for people who do not see it
 */
export function qrCode(text: string, label: string): string {
  return svg(drawings.get(text) ?? remembered(text), label)
}

/** The same for a text that nothing may remember. */
export function secretQrCode(text: string, label: string): string {
  return svg(draw(text), label)
}

function svg({ size, path }: Drawing, label: string): string {
  return (
    `<svg class="qr" role="img" aria-label="${escapeHtml(label)}" width="168" height="168" ` +
    `viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`
  )
}

function remembered(text: string): Drawing {
  const drawing = draw(text)
  drawings.set(text, drawing)
  return drawing
}

function draw(text: string): Drawing {
  // EPC069-12 asks for level M; it suits the others as well.
  const { size, data } = encode(text, { ecc: 'M', border: QUIET_ZONE })
  return { size, path: data.map(rowPath).join('') }
}

/** Each run of black modules in a row as one rectangle. */
function rowPath(row: boolean[], y: number): string {
  const marks = row.map(black => (black ? '#' : ' ')).join('')
  return [...marks.matchAll(/#+/g)]
    .map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
    .join('')
}
