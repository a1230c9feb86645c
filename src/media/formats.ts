import { open } from 'node:fs/promises'
import { Invalid } from '../foundation/errors.js'
import type { PictureType } from './schema.js'

const wanted = 'Send a JPEG, PNG, WebP, AVIF or GIF.'

/** Ends of names by type. */
export const extensions: Record<PictureType, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
}

/** What the decoder calls each type. */
export const decoderNames: Record<string, PictureType> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  heif: 'image/avif',
  gif: 'image/gif',
}

/**
 * Tells a file's type by its first bytes, whatever its name says, so that no decoder ever sees what is not taken.
 * @throws Invalid with a sentence that says what to send instead
 */
export async function typeOf(file: string): Promise<PictureType> {
  const head = await firstBytes(file, 1_024)
  if (head.length === 0) throw new Invalid('The file is empty. Choose it again, or another one.')
  const type = pictureType(head)
  if (type) return type
  throw new Invalid(whatItIs(head))
}

function pictureType(head: Buffer): PictureType | undefined {
  const text = head.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp'
  if (/^avi[fs]$/.test(brand(text))) return 'image/avif'
  return undefined
}

function whatItIs(head: Buffer): string {
  const text = head.toString('latin1')
  if (/^(hei[cxmsf]|hev[cx]|mif1|msf1)$/.test(brand(text)))
    return 'This is a HEIC photo, which browsers do not show. Export it as JPEG, then send that.'
  if (/<svg[\s>]/i.test(text) || /^\s*<\?xml/.test(text))
    return 'SVG drawings are not taken, since they can hold scripts. Export it as PNG, then send that.'
  if (text.startsWith('%PDF')) return 'This is a PDF. Export the page as PNG or JPEG, then send that.'
  return `This file is not a picture that the library knows. ${wanted}`
}

/** The major brand of an ISO base media file (ISO/IEC 14496-12, 4.3). */
function brand(text: string): string {
  return text.slice(4, 8) === 'ftyp' ? text.slice(8, 12) : ''
}

async function firstBytes(file: string, most: number): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(most) })
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
