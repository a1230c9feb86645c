import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sharp } from 'sharp'
import { Invalid } from '../foundation/errors.js'
import type { Variant } from './schema.js'

/** Widths that the layout uses: a phone's column, the text column, the lead on a wide screen. */
const widths = [480, 960, 1600]

// 50 megapixels decode to 200 MB; a bomb declares far more.
const MOST_PIXELS = 50_000_000

export interface Developed {
  width: number
  height: number
  variants: Variant[]
  card: string
}

/**
 * Makes the public files of a picture: WebP at the layout's widths and a JPEG for cards, all without the
 * metadata that cameras write (place, device, time). Decoding runs on libvips' threads.
 * @param hash of the bytes; names the files
 * @throws Invalid when the bytes are no picture that can be shown
 */
export async function develop(bytes: Buffer, hash: string, folder: string): Promise<Developed> {
  await mkdir(folder, { recursive: true })
  try {
    const decode = await decoder()
    const picture = decode(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' }).rotate()
    const { width, height } = await orientedSize(picture)
    const widest = Math.min(width, widths.at(-1) as number)
    const targets = [...widths.filter(candidate => candidate < widest), widest]
    const webp = (target: number) =>
      picture.clone().resize({ width: target }).webp({ quality: 82, effort: 2 })
    const variants = await Promise.all(
      targets.map(target => store(webp(target), folder, `${hash.slice(0, 20)}-${target}.webp`)),
    )
    const jpeg = picture
      .clone()
      .resize({ width: 1200, height: 630, fit: 'cover' })
      .flatten({ background: '#fff' })
    const card = await store(jpeg.jpeg({ quality: 82 }), folder, `${hash.slice(0, 20)}-card.jpg`)
    return { width, height, variants, card: card.file }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw error
    throw new Invalid(
      'This file is no picture that can be shown. Send a JPEG, PNG, WebP, AVIF or GIF below 50 megapixels.',
    )
  }
}

/** libvips takes memory and time to load, so it comes with the first picture and not with every start. */
async function decoder() {
  const { default: sharp } = await import('sharp')
  // SVG can hold scripts and reach for files; pictures are pixels here.
  sharp.block({ operation: ['VipsForeignLoadSvg', 'VipsForeignLoadPdf'] })
  return sharp
}

async function orientedSize(picture: Sharp): Promise<{ width: number; height: number }> {
  const { autoOrient } = await picture.metadata()
  return autoOrient
}

async function store(image: Sharp, folder: string, file: string): Promise<Variant> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true })
  await writeFile(path.join(folder, file), data, { flush: true })
  return { file, width: info.width, height: info.height }
}
