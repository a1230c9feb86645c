import type { Kind } from './kinds.js'

/** Why a picture cannot be drawn anew; the message is for whoever asked. */
export class Undrawn extends Error {
  override name = 'Undrawn'
}

// More than this a browser will not draw.
const MOST_PIXELS = 80_000_000

/**
 * The same picture without anything but its pixels: drawn, turned as its orientation says, and encoded anew. Where it was taken,
 * when and with what is gone; of a GIF the first picture is left, as PNG.
 */
export async function withoutMetadata(
  content: Uint8Array<ArrayBuffer>,
  type: NonNullable<Kind['picture']>,
): Promise<Blob> {
  mustDrawTruly()
  const bitmap = await createImageBitmap(new Blob([content], { type }), {
    imageOrientation: 'from-image',
  }).catch(() => {
    throw new Undrawn('This browser cannot draw the picture. Save the original, and strip it elsewhere.')
  })
  const { width, height } = bitmap
  if (width * height > MOST_PIXELS) throw new Undrawn('The picture is too large to be drawn here.')
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
  bitmap.close()
  const wanted = type === 'image/gif' ? 'image/png' : type
  const drawn = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, wanted, 0.92))
  if (!drawn)
    throw new Undrawn('This browser could not encode the picture. Save the original, and strip it elsewhere.')
  return drawn
}

/** `jpg` for a drawn JPEG. */
export function endingOf({ type }: Blob): string {
  return type === 'image/jpeg' ? 'jpg' : type.replace('image/', '')
}

// Tor Browser and others give back white or noise in place of what was drawn, so that no site can tell machines apart.
function mustDrawTruly(): void {
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
  const pen = canvas.getContext('2d')
  if (!pen) throw new Undrawn('This browser draws nothing for pages.')
  pen.fillStyle = 'rgb(12, 120, 200)'
  pen.fillRect(0, 0, 8, 8)
  const pixels = pen.getImageData(0, 0, 8, 8).data
  for (let index = 0; index < pixels.length; index += 4)
    if (pixels[index] !== 12 || pixels[index + 1] !== 120 || pixels[index + 2] !== 200)
      throw new Undrawn(
        'This browser keeps pages from reading what they draw, as Tor Browser does. Allow it for this page, or save the original and strip it elsewhere.',
      )
}
