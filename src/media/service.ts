import { createHash } from 'node:crypto'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { mediaRepository } from './repository.js'
import type { MediaItem, MediaPicture } from './schema.js'
import { develop } from './variants.js'

export interface MediaServices {
  db: Database
  clock: Clock
  ids: Ids
  /** where the public files stand */
  folder: string
}

export type MediaService = ReturnType<typeof mediaService>

export function mediaService({ db, clock, ids, folder }: MediaServices) {
  const repository = mediaRepository(db)
  return {
    /**
     * Takes a picture into the library under the name by which texts refer to it; one of that name is replaced.
     * @throws Invalid when the bytes are no picture
     */
    async add(name: string, bytes: Buffer): Promise<MediaPicture> {
      const known = await repository.byName(name)
      const hash = createHash('sha256').update(bytes).digest('hex')
      if (known?.hash === hash) return asPicture(known)
      const developed = await develop(bytes, hash, folder)
      const item: MediaItem = {
        ...developed,
        hash,
        id: known?.id ?? ids(),
        name,
        created: clock().toISOString(),
      }
      await repository.save(item)
      return asPicture(item)
    },

    /** Pictures by name; names that nobody has are absent. */
    async byNames(names: string[]): Promise<Map<string, MediaPicture>> {
      const items = await repository.byNames(names)
      return new Map(items.map(item => [item.name, asPicture(item)]))
    },

    /** Pictures by id; ids that nobody has are absent. */
    async byIds(wanted: string[]): Promise<Map<string, MediaPicture>> {
      const items = await repository.byIds([...new Set(wanted)])
      return new Map(items.map(item => [item.id, asPicture(item)]))
    },

    /** The pictures that came last, for a short list to choose from; those already chosen stand first. */
    async recent(chosen: string[], limit: number): Promise<MediaPicture[]> {
      const latest = await repository.latest(limit)
      const others = latest.filter(item => !chosen.includes(item.id))
      return [...(await repository.byIds(chosen)), ...others].map(asPicture)
    },
  }
}

function asPicture({ id, name, variants, card }: MediaItem): MediaPicture {
  const widest = variants.at(-1) as MediaItem['variants'][number]
  const middle = variants.at(-2) ?? widest
  return {
    id,
    name,
    src: `/media/${middle.file}`,
    srcset: variants.map(variant => `/media/${variant.file} ${variant.width}w`).join(', '),
    width: widest.width,
    height: widest.height,
    card: `/media/${card}`,
  }
}
