import type { Database } from '../foundation/database.js'
import { asPicture } from './picture.js'
import { mediaRepository, type NamedPicture } from './repository.js'
import type { MediaPicture, ShownItem, UsingSubject } from './schema.js'
import { usesRepository } from './uses.repository.js'

const MOST_COUNTED = 1_000

// A row that is what it was gives the same item: its addresses are written once.
const pictures = new WeakMap<ShownItem, MediaPicture>()

function picture(item: ShownItem): MediaPicture {
  const made = pictures.get(item) ?? asPicture(item)
  pictures.set(item, made)
  return made
}

/** What other features ask of the library. */
export function picturesService(db: Database) {
  const repository = mediaRepository(db)
  return {
    /** Pictures by name; names that nobody has are absent. */
    async byNames(names: string[]): Promise<Map<string, MediaPicture>> {
      const items = await repository.shown('name', names)
      return new Map(items.map(item => [item.name, picture(item)]))
    },

    /** Pictures by id; ids that nobody has are absent. */
    async byIds(wanted: string[]): Promise<Map<string, MediaPicture>> {
      const items = await repository.shown('id', [...new Set(wanted)])
      return new Map(items.map(item => [item.id, picture(item)]))
    },

    /** The names of the pictures that came last, for a short list to choose from; those already chosen stand first. */
    async recent(chosen: string[], limit: number): Promise<NamedPicture[]> {
      const latest = await repository.latest(limit)
      const others = latest.filter(({ id }) => !chosen.includes(id))
      return [...(await repository.named(chosen)), ...others]
    },

    /**
     * Notes which pictures something shows, in the transaction that changes it, in the place of what was noted of it
     * before: an empty list when it is gone. What is noted cannot be deleted from the library.
     * @param pictures ids or names, mixed as it comes; those that nobody has are passed over
     */
    async noteUses(tx: Database, subject: UsingSubject, pictures: string[]): Promise<void> {
      await usesRepository(tx).replace(subject, [...new Set(pictures)])
    },

    /** How many pictures of the library have no alternative text and are not decorative; at most 1,000 are counted. */
    async withoutAlt(): Promise<number> {
      return repository.countWithoutAlt(MOST_COUNTED)
    },
  }
}
