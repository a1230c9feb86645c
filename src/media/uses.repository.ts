import { z } from 'zod'
import { type Database, join, sql } from '../foundation/database.js'
import { Use, type UsingSubject } from './schema.js'

const Uses = z.array(Use)

/** Which page shows which picture. */
export function usesRepository(db: Database) {
  return {
    async of(mediaId: string, limit: number): Promise<Use[]> {
      return Uses.parse(
        await db.all(sql`
          select subject_kind as kind, label, address from media_uses where media_id = ${mediaId}
          order by subject_kind, label, subject_id limit ${limit}`),
      )
    },

    /** Notes all pictures that a subject shows, by their ids or names, in the place of those it showed before. */
    async replace({ kind, id, label, address }: UsingSubject, pictures: string[]): Promise<void> {
      await db.run(sql`delete from media_uses where subject_kind = ${kind} and subject_id = ${id}`)
      if (pictures.length === 0) return
      await db.run(sql`
        insert into media_uses (media_id, subject_kind, subject_id, label, address)
        select id, ${kind}, ${id}, ${label}, ${address} from media
        where id in (${join(pictures)}) or name in (${join(pictures)})`)
    },
  }
}
