import { z } from 'zod'
import { type Database, join, type Sql, sql } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { trashedBy, visibleTo } from '../desk/visibility.repository.js'
import { Status } from '../schema.js'

/** An article that something was done to, and how it stood before or stands after. */
const Moved = z.object({ id: z.string(), title: z.string(), status: Status })
export type Moved = z.infer<typeof Moved>
const AllMoved = z.array(Moved)
const Erased = z.array(z.object({ id: z.string(), title: z.string() }))

const MOST_ERASED = 500

/** How an article's state changes. Who may change it is part of each statement. */
export function lifecycleRepository(db: Database) {
  const move = async (statement: Sql) => AllMoved.parse(await db.all(statement))
  return {
    /** Plans the publication of a draft, or plans it anew. */
    async schedule(actor: Actor, id: string, at: string): Promise<Moved[]> {
      return move(sql`
        update articles as a set status = 'scheduled', published = ${at}, held = 0, submitted = null
        where a.id = ${id} and a.status in ('draft', 'scheduled') and a.trashed is null and ${visibleTo(actor)}
        returning id, title, status`)
    },

    async unschedule(actor: Actor, id: string): Promise<Moved[]> {
      return move(sql`
        update articles as a set status = 'draft', published = null, held = 0
        where a.id = ${id} and a.status = 'scheduled' and a.trashed is null and ${visibleTo(actor)}
        returning id, title, status`)
    },

    /** @param at when a draft was handed in; null takes that back */
    async submit(actor: Actor, id: string, at: string | null): Promise<Moved[]> {
      return move(sql`
        update articles as a set submitted = ${at}
        where a.id = ${id} and a.status = 'draft' and a.trashed is null and ${visibleTo(actor)}
        returning id, title, status`)
    },

    async withdraw(
      actor: Actor,
      id: string,
      { reason, changed }: { reason: string; changed: string },
    ): Promise<Moved[]> {
      return move(sql`
        update articles as a set status = 'withdrawn', withdrawn_reason = ${reason}, changed = ${changed}
        where a.id = ${id} and a.status = 'published' and a.trashed is null and ${visibleTo(actor)}
        returning id, title, status`)
    },

    /** What an article that is published is no longer: submitted, held, withdrawn. */
    async settle(id: string): Promise<void> {
      await db.run(
        sql`update articles set submitted = null, held = 0, withdrawn_reason = null where id = ${id}`,
      )
    },

    /** Puts articles into the trash. @returns them, with the state that they had */
    async trash(actor: Actor, ids: string[], now: string): Promise<Moved[]> {
      return move(sql`
        update articles as a set trashed = ${now}, trashed_status = a.status, status = 'draft'
        where a.id in (${join(ids)}) and a.trashed is null and ${visibleTo(actor)}
        returning id, title, trashed_status as status`)
    },

    /** Takes articles out of the trash as they were; one whose planned time has gone by is a draft. */
    async restore(actor: Actor, ids: string[], now: string): Promise<Moved[]> {
      return move(sql`
        update articles as a set trashed = null, trashed_status = null,
          published = case when a.trashed_status = 'scheduled' and a.published <= ${now} then null else a.published end,
          status = case when a.trashed_status = 'scheduled' and a.published <= ${now} then 'draft' else a.trashed_status end
        where a.id in (${join(ids)}) and a.trashed is not null and ${trashedBy(actor)}
        returning id, title, status`)
    },

    /** Deletes for good what lies in the trash, some hundreds at a time. */
    async emptyTrash(actor: Actor): Promise<z.infer<typeof Erased>> {
      return Erased.parse(
        await db.all(sql`
          delete from articles as a where a.trashed is not null and ${trashedBy(actor)} and a.id in
            (select article_id from desk_list where state = 'trash' order by number limit ${MOST_ERASED})
          returning id, title`),
      )
    },

    /** Takes an article out of the readers' lists, or puts it back under its date. */
    async list(id: string, published: boolean): Promise<void> {
      const date = published
        ? sql`(select published from articles where id = ${id} and status = 'published')`
        : sql`null`
      await db.run(sql`update article_tags set published = ${date} where article_id = ${id}`)
      await db.run(sql`update article_authors set published = ${date} where article_id = ${id}`)
    },
  }
}
