import type { MediaItem, MediaPicture, ShownItem, Variant, VariantType } from './schema.js'

/** A row of the library as pages show it. */
export function asPicture(item: ShownItem): MediaPicture {
  const { id, name, variants, card, alt, decorative, caption, credit } = item
  const of = (type: VariantType) => variants.filter(variant => variant.type === type)
  // Pictures of older versions have no JPEG: then the WebP is what every browser gets.
  const plain = of('image/jpeg').length ? of('image/jpeg') : of('image/webp')
  const widest = plain.at(-1) as Variant
  const middle = plain.at(-2) ?? widest
  const sources = (['image/avif', 'image/webp'] as const)
    .map(type => ({ type, files: of(type) }))
    .filter(({ files }) => files.length > 0 && files !== plain && files[0] !== plain[0])
  return {
    id,
    name,
    src: `/media/${middle.file}`,
    srcset: srcset(plain),
    sources: sources.map(({ type, files }) => ({ type, srcset: srcset(files) })),
    width: widest.width,
    height: widest.height,
    focus: focusClasses(item),
    card: `/media/${card}`,
    alt,
    decorative,
    caption,
    credit,
  }
}

/** The public files of a row. */
export function filesOf({ variants, card }: MediaItem): string[] {
  return [...variants.map(variant => variant.file), card]
}

function srcset(variants: Variant[]): string {
  return variants.map(({ file, width }) => `/media/${file} ${width}w`).join(', ')
}

/** The policy allows no style attributes, so the focal point comes as classes in steps of ten per cent (paper/elements.css). */
function focusClasses({ focalX, focalY }: Pick<ShownItem, 'focalX' | 'focalY'>): string {
  const step = (focal: number) => Math.round(focal / 10)
  return [
    ...(step(focalX) === 5 ? [] : [`fx${step(focalX)}`]),
    ...(step(focalY) === 5 ? [] : [`fy${step(focalY)}`]),
  ].join(' ')
}
