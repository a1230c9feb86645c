import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sharp } from 'sharp'
import { Invalid } from '../foundation/errors.js'
import { decoder } from './decoder.js'
import { decoderNames, typeOf } from './formats.js'
import { lane } from './lane.js'
import type { PictureType, Variant, VariantType } from './schema.js'

/** Widths that the layout uses: a phone's column, the text column, the lead on a wide screen. */
const widths = [480, 960, 1600]
const WIDEST = 1600
const CARD = { width: 1200, height: 630 }

// 50 megapixels decode to 200 MB at most; a bomb declares far more.
const MOST_PIXELS = 50_000_000
// A strip ten times as tall as wide still fits the formats once it is as wide as the layout.
const MOST_RATIO = 10

// Part of each file's name: a change of the settings below must change the names, which are kept for good.
const RECIPE = '2'

const encode: Record<VariantType, (picture: Sharp) => Sharp> = {
  'image/avif': picture => picture.avif({ quality: 52, effort: 1, chromaSubsampling: '4:2:0' }),
  'image/webp': picture => picture.webp({ quality: 82, effort: 2 }),
  'image/jpeg': picture => picture.flatten({ background: '#fff' }).jpeg({ quality: 80 }),
}

/** What stays the same for the files of one content of one picture. */
export interface Negative {
  /** the original's file */
  file: string
  /** sha256 of it, hex */
  hash: string
  /** of the picture in the library */
  id: string
  focalX: number
  focalY: number
}

export interface Developed {
  type: PictureType
  width: number
  height: number
  variants: Variant[]
  card: string
}

/** Pixels as they will be shown, no larger than the layout needs: upright, sRGB, nothing of the file besides. */
interface Print {
  picture: () => Sharp
  width: number
  height: number
  /** of the original, upright */
  full: { width: number; height: number }
  type: PictureType
}

/**
 * Makes the public files that a page needs at once: WebP and JPEG at the layout's widths and the card. They are
 * encoded anew from bare pixels, so that nothing else that the original holds (place, device, time, a hidden payload)
 * gets out. Decoding and encoding run on libvips' threads.
 * @param folder of the public files
 * @throws Invalid when the file is no picture that can be shown; then nothing is left in the folder
 */
export async function develop(negative: Negative, folder: string): Promise<Developed> {
  const print = await expose(negative.file)
  const made: string[] = []
  try {
    const [variants, card] = await allOrNone([
      printAll(print, ['image/webp', 'image/jpeg'], negative, folder, made),
      printCard(print, negative, folder, made),
    ])
    const { width, height } = print.full
    return { type: print.type, width, height, variants, card }
  } catch (error) {
    await removeFiles(folder, made)
    throw error
  }
}

/** Makes the AVIF files, which take ten times as long as the others. */
export async function developAvif(negative: Negative, folder: string): Promise<Variant[]> {
  const made: string[] = []
  try {
    return await printAll(await expose(negative.file), ['image/avif'], negative, folder, made)
  } catch (error) {
    await removeFiles(folder, made)
    throw error
  }
}

/** Cuts the card anew, around another focal point. @returns its file */
export async function developCard(negative: Negative, folder: string): Promise<string> {
  return printCard(await expose(negative.file), negative, folder, [])
}

/** Removes public files; one that is gone already is no trouble. */
export async function removeFiles(folder: string, files: string[]): Promise<void> {
  await Promise.all(files.map(file => rm(path.join(folder, file), { force: true })))
}

// One at a time in the whole process, uploads and background work together: decoding is what takes the memory, up to
// 6 bytes a pixel for a progressive JPEG.
const enlarger = lane(Number.POSITIVE_INFINITY)

const expose = (file: string): Promise<Print> => enlarger.run(() => exposeNow(file))

async function exposeNow(file: string): Promise<Print> {
  const type = await typeOf(file)
  const sharp = await decoder()
  const open = () => sharp(file, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
  try {
    const full = judge(await open().metadata(), type)
    const { data, info } = await open()
      .autoOrient()
      .resize({ width: WIDEST, withoutEnlargement: true })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const raw = { width: info.width, height: info.height, channels: info.channels }
    return { picture: () => sharp(data, { raw }), width: info.width, height: info.height, full, type }
  } catch (error) {
    if (error instanceof Invalid || (error as NodeJS.ErrnoException).code) throw error
    throw new Invalid('This file is damaged or incomplete. Export the picture again, then send that.')
  }
}

/** @throws Invalid for what must not be decoded */
function judge(
  { format, pages = 1, autoOrient }: Awaited<ReturnType<Sharp['metadata']>>,
  type: PictureType,
): Print['full'] {
  const { width, height } = autoOrient
  if (decoderNames[format ?? ''] !== type)
    throw new Invalid('This file is not what it begins as. Export the picture again, then send that.')
  if (pages > 1)
    throw new Invalid('This picture moves; the paper shows still pictures. Export one frame of it as PNG.')
  if (width * height > MOST_PIXELS)
    throw new Invalid(
      `This picture has ${width} × ${height} pixels; 50 million are the most. Make it smaller, then send it.`,
    )
  if (Math.max(width / height, height / width) > MOST_RATIO)
    throw new Invalid('One side of this picture is more than ten times the other. Crop it, then send it.')
  return { width, height }
}

async function printAll(
  print: Print,
  types: VariantType[],
  negative: Negative,
  folder: string,
  made: string[],
): Promise<Variant[]> {
  const targets = [...widths.filter(width => width < print.width), print.width]
  const all = types.flatMap(type => targets.map(width => ({ type, width })))
  return allOrNone(
    all.map(async ({ type, width }) => {
      const file = `${stem(negative)}-${width}.${type.slice('image/'.length).replace('jpeg', 'jpg')}`
      made.push(file)
      const info = await store(encode[type](print.picture().resize({ width })), path.join(folder, file))
      return { file, width: info.width, height: info.height, type }
    }),
  )
}

async function printCard(print: Print, negative: Negative, folder: string, made: string[]): Promise<string> {
  const file = `${stem(negative)}-card-${negative.focalX}-${negative.focalY}.jpg`
  made.push(file)
  const cut = print.picture().extract(cardArea(print, negative)).resize(CARD)
  await store(encode['image/jpeg'](cut), path.join(folder, file))
  return file
}

/** The largest area of the card's shape that lies around the focal point. */
function cardArea({ width, height }: Print, { focalX, focalY }: Negative) {
  const scale = Math.min(width / CARD.width, height / CARD.height)
  const area = {
    width: Math.max(1, Math.round(CARD.width * scale)),
    height: Math.max(1, Math.round(CARD.height * scale)),
  }
  const offset = (side: number, part: number, focal: number) =>
    Math.round(Math.min(Math.max(0, (side * focal) / 100 - part / 2), side - part))
  return {
    ...area,
    left: offset(width, area.width, focalX),
    top: offset(height, area.height, focalY),
  }
}

// With the id in it no two pictures share a file, so that removing one never takes another's; and nobody who holds
// an original can tell by the address that it was sent to us.
function stem({ id, hash }: Negative): string {
  return createHash('sha256').update(`${RECIPE} ${id} ${hash}`).digest('hex').slice(0, 20)
}

/** Waits for all even when one fails, so that none writes a file after those of the others were removed. */
async function allOrNone<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work)
  return Promise.all(work) as Promise<unknown> as Promise<T>
}

async function store(picture: Sharp, file: string): Promise<{ width: number; height: number }> {
  const { data, info } = await picture.toBuffer({ resolveWithObject: true })
  await writeFile(file, data, { flush: true })
  return info
}
