import { z } from 'zod'
import { type Database, empty, join, raw, sql } from '../foundation/database.js'
import { Redirect } from './schema.js'

const columns = raw('id, from_path as "from", to_address as "to", to_key as "key"')

const Redirects = z.array(Redirect)
const MaybeRedirect = Redirect.optional()

/** The redirects that editors keep. */
export function redirectsRepository(db: Database) {
  return {
    /** The redirect from the first of these addresses that has one. */
    async from(keys: string[]): Promise<Redirect | undefined> {
      if (keys.length === 0) return undefined
      const found = Redirects.parse(
        await db.all(sql`
          select ${columns} from redirects where from_path in (${join(keys)}) and removed is null`),
      )
      return keys.flatMap(key => found.find(redirect => redirect.from === key) ?? [])[0]
    },

    async byId(id: string): Promise<Redirect | undefined> {
      return MaybeRedirect.parse(
        await db.get(sql`select ${columns} from redirects where id = ${id} and removed is null`),
      )
    },

    /** Redirects in the order of their addresses, after one of them. */
    async list({
      after,
      query,
      limit,
    }: {
      after: string
      query: string
      limit: number
    }): Promise<Redirect[]> {
      const like = `%${query.replace(/[\\%_]/g, '\\$&')}%`
      const found = query
        ? sql`and (from_path like ${like} escape '\\' or to_address like ${like} escape '\\')`
        : empty
      return Redirects.parse(
        await db.all(sql`
          select ${columns} from redirects where from_path > ${after} and removed is null ${found}
          order by from_path limit ${limit}`),
      )
    },

    async save(redirect: Redirect, { now, accountId }: { now: string; accountId: string }): Promise<void> {
      const { id, from, to, key } = redirect
      // What was deleted from this address, and could be brought back, makes room.
      await db.run(
        sql`delete from redirects where from_path = ${from} and id <> ${id} and removed is not null`,
      )
      await db.run(sql`
        insert into redirects (id, from_path, to_address, to_key, created, changed, account_id)
        values (${id}, ${from}, ${to}, ${key}, ${now}, ${now}, ${accountId})
        on conflict (id) do update set from_path = excluded.from_path, to_address = excluded.to_address,
          to_key = excluded.to_key, changed = excluded.changed, account_id = excluded.account_id`)
    },

    /** Leads what led to an address straight to where that leads now. @returns how many were changed */
    async shortcut(key: string, { to, key: finalKey }: { to: string; key: string }): Promise<number> {
      const { changes } = await db.run(sql`
        update redirects set to_address = ${to}, to_key = ${finalKey} where to_key = ${key} and removed is null`)
      return changes
    },

    async remove(id: string, { now, forget }: { now: string; forget: string }): Promise<void> {
      await db.run(sql`delete from redirects where removed < ${forget}`)
      await db.run(sql`update redirects set removed = ${now} where id = ${id}`)
    },

    /** @returns what was brought back; undefined when it is gone for good */
    async restore(id: string): Promise<Redirect | undefined> {
      await db.run(sql`update redirects set removed = null where id = ${id}`)
      return this.byId(id)
    },
  }
}
