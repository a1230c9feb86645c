import type { OverlayOptions } from 'sharp'
import { escapeHtml } from '../foundation/escape.js'
import { decoder } from './decoder.js'
import { FAMILY } from './typeface.js'

/** What a card says. */
export interface CardText {
  title: string
  section: string
  /** the paper's name */
  outlet: string
  /** the paper's accent colour, `#rrggbb` */
  accent: string
}

const SIZE = { width: 1200, height: 630 }
const MARGIN = 84
const COLUMN = SIZE.width - 2 * MARGIN
const TITLE_HEIGHT = 320
const titleSizes = [92, 80, 70, 60, 52, 46]
// The colours of paper/colours.css, light.
const paper = '#fffdf9'
const ink = '#1c1b19'

interface Piece {
  data: Buffer
  width: number
  height: number
}

/**
 * Draws a card of 1200 × 630 pixels in the look of the paper, for sites that show links. A long title gets smaller,
 * then loses its end. The typeface must be loaded.
 * @returns a PNG
 */
export async function drawCard({ title, section, outlet, accent }: CardText): Promise<Buffer> {
  const sharp = await decoder()
  const label = await piece(section, { size: 30, colour: accent, most: 60 })
  const headline = await fitted(title)
  const name = await piece(outlet, { size: 40, colour: ink, most: 60 })
  const bottom = SIZE.height - MARGIN - 56
  const layers: OverlayOptions[] = [
    bar({ left: 0, top: 0, width: SIZE.width, height: 14, colour: accent }),
    placed(label, section, 76),
    placed(headline, title, 136),
    bar({ left: MARGIN, top: bottom, width: COLUMN, height: 2, colour: ink }),
    bar({ left: MARGIN, top: bottom + 5, width: COLUMN, height: 2, colour: ink }),
    placed(name, outlet, bottom + 34),
  ]
  return sharp({ create: { ...SIZE, channels: 3, background: paper } })
    .composite(layers)
    .png({ palette: true, colours: 64 })
    .toBuffer()
}

/** The title in the largest size that fits, or as much of it as fits in the smallest. */
async function fitted(title: string): Promise<Piece> {
  const smallest = titleSizes.at(-1) as number
  for (const size of titleSizes) {
    const drawn = await piece(title, { size, colour: ink, most: 400 })
    if (drawn.height <= TITLE_HEIGHT) return drawn
  }
  const letters = [...printable(title)]
  let fits = 1
  let tooLong = Math.min(letters.length, 400)
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    const { height } = await piece(shortened(letters, middle), { size: smallest, colour: ink, most: 401 })
    if (height <= TITLE_HEIGHT) fits = middle
    else tooLong = middle
  }
  return piece(shortened(letters, fits), { size: smallest, colour: ink, most: 401 })
}

// At the end of a word, where the script has words.
function shortened(letters: string[], count: number): string {
  const cut = letters.slice(0, count).join('')
  return `${cut.replace(/\s+\S{0,20}$/, '')}…`
}

async function piece(
  text: string,
  { size, colour, most }: { size: number; colour: string; most: number },
): Promise<Piece> {
  const sharp = await decoder()
  const written = [...printable(text)].slice(0, most).join('')
  const drawn = sharp({
    text: {
      text: `<span foreground="${colour}">${escapeHtml(written)}</span>`,
      font: `${FAMILY} Bold ${size}`,
      ...{ width: COLUMN, dpi: 72, rgba: true, wrap: 'word-char', spacing: Math.round(size * 0.06) },
    },
  })
  try {
    const { data, info } = await drawn.png().toBuffer({ resolveWithObject: true })
    return { data, width: info.width, height: info.height }
  } catch (error) {
    // Blanks and what no font shows leave no ink.
    if ((error as Error).message.includes('no text to render')) return blank()
    throw error
  }
}

async function blank(): Promise<Piece> {
  const sharp = await decoder()
  const pixel = { width: 1, height: 1 }
  return {
    ...pixel,
    data: await sharp({ create: { ...pixel, channels: 3, background: paper } })
      .png()
      .toBuffer(),
  }
}

// The markup is XML, which has no place for control characters.
function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cs}\p{Co}\p{Cn}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Where a text's first letter with a direction says that its lines begin. */
function placed({ data, width }: Piece, text: string, top: number): OverlayOptions {
  const first = /[\p{L}]/u.exec(text)?.[0] ?? ''
  const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
  return { input: data, top, left: rightToLeft.test(first) ? SIZE.width - MARGIN - width : MARGIN }
}

function bar({
  left,
  top,
  width,
  height,
  colour,
}: {
  left: number
  top: number
  width: number
  height: number
  colour: string
}): OverlayOptions {
  return { input: { create: { width, height, channels: 3, background: colour } }, left, top }
}
