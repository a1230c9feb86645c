import { z } from 'zod'
import { type Database, join, sql } from '../foundation/database.js'
import { MediaItem } from './schema.js'

const columns = sql`id, name, hash, width, height, variants, card, created`

const MediaItems = z.array(MediaItem)
const MaybeMediaItem = MediaItem.optional()

export function mediaRepository(db: Database) {
  return {
    async byName(name: string): Promise<MediaItem | undefined> {
      return MaybeMediaItem.parse(await db.get(sql`select ${columns} from media where name = ${name}`))
    },

    async byNames(names: string[]): Promise<MediaItem[]> {
      if (names.length === 0) return []
      return MediaItems.parse(await db.all(sql`select ${columns} from media where name in (${join(names)})`))
    },

    async byIds(ids: string[]): Promise<MediaItem[]> {
      if (ids.length === 0) return []
      return MediaItems.parse(await db.all(sql`select ${columns} from media where id in (${join(ids)})`))
    },

    /** The pictures that came last. */
    async latest(limit: number): Promise<MediaItem[]> {
      return MediaItems.parse(
        await db.all(sql`select ${columns} from media order by created desc, id desc limit ${limit}`),
      )
    },

    async save(item: MediaItem): Promise<void> {
      await db.run(sql`
        insert into media (${columns})
        values (${item.id}, ${item.name}, ${item.hash}, ${item.width}, ${item.height},
          ${JSON.stringify(item.variants)}, ${item.card}, ${item.created})
        on conflict (name) do update set hash = excluded.hash, width = excluded.width, height = excluded.height,
          variants = excluded.variants, card = excluded.card`)
    },
  }
}
