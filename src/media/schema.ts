import { z } from 'zod'
import type { Picture } from '../foundation/markdown/figures.js'

const Variant = z.object({ file: z.string(), width: z.int(), height: z.int() })

/** A picture of the library, as its row holds it. */
export const MediaItem = z.object({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  width: z.int(),
  height: z.int(),
  variants: z.string().transform(text => z.array(Variant).min(1).parse(JSON.parse(text))),
  card: z.string(),
  created: z.string(),
})
export type MediaItem = z.infer<typeof MediaItem>
export type Variant = z.infer<typeof Variant>

/** A picture as pages show it. */
export interface MediaPicture extends Picture {
  id: string
  /** how texts refer to it */
  name: string
  /** address of the JPEG for feeds and for sites that show a card */
  card: string
}
