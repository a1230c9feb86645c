import { z } from 'zod'
import type { Picture } from '../foundation/markdown/figures.js'

/** Media types in the order in which browsers are offered them, the smallest first. */
export const VariantType = z.enum(['image/avif', 'image/webp', 'image/jpeg'])
export type VariantType = z.infer<typeof VariantType>

const Variant = z.object({
  file: z.string(),
  width: z.int(),
  height: z.int(),
  type: VariantType.default('image/webp'),
})
export type Variant = z.infer<typeof Variant>
const Variants = z.array(Variant).min(1)

/** Kinds of files that are taken. What is not listed is never decoded. */
export const PictureType = z.enum(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'])
export type PictureType = z.infer<typeof PictureType>

const flag = z.int().transform(value => value === 1)

/** A picture of the library, as its row holds it. */
export const MediaItem = z.object({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  width: z.int(),
  height: z.int(),
  variants: z.string().transform(text => Variants.parse(JSON.parse(text))),
  card: z.string(),
  created: z.string(),
  alt: z.string(),
  decorative: flag,
  caption: z.string(),
  credit: z.string(),
  licence: z.string(),
  focalX: z.int(),
  focalY: z.int(),
  type: PictureType.or(z.literal('')),
  bytes: z.int(),
  original: z.string().nullable(),
  accountId: z.string().nullable(),
  accountName: z.string(),
  awaitsAvif: flag,
})
export type MediaItem = z.infer<typeof MediaItem>

/** Of a picture what pages show. */
export const ShownItem = MediaItem.pick({
  ...{
    id: true,
    name: true,
    variants: true,
    card: true,
    alt: true,
    decorative: true,
    caption: true,
    credit: true,
  },
  ...{ focalX: true, focalY: true },
})
export type ShownItem = z.infer<typeof ShownItem>

/** A picture as the library lists it for somebody. */
export const ListedItem = MediaItem.extend({ used: flag, editable: flag })
export type ListedItem = z.infer<typeof ListedItem>

/** Somewhere a picture is shown. */
export const Use = z.object({ kind: z.string(), label: z.string(), address: z.string() })
export type Use = z.infer<typeof Use>

/** What shows pictures: an article, an author, the site. */
export interface UsingSubject {
  kind: string
  id: string
  /** how a list names it */
  label: string
  /** the desk's page on which it can be changed, `/admin/…` */
  address: string
}

/** A picture as pages show it. */
export interface MediaPicture extends Picture {
  id: string
  /** how texts refer to it */
  name: string
  /** address of the JPEG for feeds and for sites that show a card */
  card: string
  /** what the library says of it; articles may say it in their own words */
  alt: string
  decorative: boolean
  caption: string
  credit: string
}

const line = (most: number, name: string) =>
  z
    .string()
    .trim()
    .max(most, `${name} has at most ${most} characters. Shorten it.`)
    .transform(text => text.replace(/\s+/g, ' '))
    .default('')
const perCent = z.coerce
  .number('Give the focal point as numbers from 0 to 100.')
  .min(0, 'Give the focal point as numbers from 0 to 100.')
  .max(100, 'Give the focal point as numbers from 0 to 100.')
  .transform(Math.round)
  .default(50)

/** What the form of a picture's page says. */
export const Details = z
  .object({
    alt: line(1_000, 'The alternative text'),
    decorative: z
      .literal('1')
      .optional()
      .transform(value => value === '1'),
    caption: line(1_000, 'The caption'),
    credit: line(300, 'The credit'),
    licence: line(300, 'The licence'),
    focalX: perCent,
    focalY: perCent,
  })
  .refine(({ alt, decorative }) => !(alt && decorative), {
    path: ['decorative'],
    message: 'A decorative picture has no alternative text: clear the text, or untick the box.',
  })
export type Details = z.infer<typeof Details>

/** What the library is asked to list. */
export const LibraryQuery = z.object({
  q: z.string().trim().max(200).default('').catch(''),
  show: z.enum(['all', 'without-alt', 'unused', 'mine']).default('all').catch('all'),
  type: PictureType.or(z.literal('')).default('').catch(''),
  before: z
    .string()
    .regex(/^[0-9a-f-]{36}$/)
    .optional()
    .catch(undefined),
})
export type LibraryQuery = z.infer<typeof LibraryQuery>
