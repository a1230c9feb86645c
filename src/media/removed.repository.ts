import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { type Actor, editors } from '../foundation/desk.js'
import { MediaItem } from './schema.js'

const Removed = z
  .object({ item: z.string().transform(text => MediaItem.parse(JSON.parse(text))) })
  .transform(({ item }) => item)
const MaybeRemoved = Removed.optional()
const AllRemoved = z.array(Removed)

/** Pictures that were deleted and can be taken back. */
export function removedRepository(db: Database) {
  return {
    async keep(item: MediaItem, removed: string): Promise<void> {
      const { variants, decorative, awaitsAvif, ...rest } = item
      const row = {
        ...rest,
        variants: JSON.stringify(variants),
        decorative: Number(decorative),
        awaitsAvif: Number(awaitsAvif),
      }
      await db.run(sql`
        insert into media_removed (id, account_id, item, removed)
        values (${item.id}, ${item.accountId}, ${JSON.stringify(row)}, ${removed})`)
    },

    /** What was deleted, if this actor may take it back. */
    async find(id: string, actor: Actor): Promise<MediaItem | undefined> {
      const own = editors.includes(actor.role) ? sql`1 = 1` : sql`coalesce(account_id, '') = ${actor.id}`
      return MaybeRemoved.parse(await db.get(sql`select item from media_removed where id = ${id} and ${own}`))
    },

    /** What was deleted before a moment, oldest first. */
    async before(moment: string, limit: number): Promise<MediaItem[]> {
      return AllRemoved.parse(
        await db.all(
          sql`select item from media_removed where removed < ${moment} order by removed, id limit ${limit}`,
        ),
      )
    },

    /** All that can be taken back, in the order of their ids, a part at a time. */
    async after(id: string, limit: number): Promise<MediaItem[]> {
      return AllRemoved.parse(
        await db.all(sql`select item from media_removed where id > ${id} order by id limit ${limit}`),
      )
    },

    /** @returns whether it was there */
    async forget(id: string): Promise<boolean> {
      return (await db.run(sql`delete from media_removed where id = ${id}`)).changes === 1
    },
  }
}
