import { z } from 'zod'
import { type Database, empty, raw, type Sql, sql } from '../../foundation/database.js'

export type GlanceState = 'draft' | 'waiting' | 'scheduled' | 'published'

const Glanced = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  owner: z.string().nullable(),
  changed: z.string(),
  published: z.string(),
})
export type Glanced = z.infer<typeof Glanced>

const AllGlanced = z.array(Glanced)
const Titles = z.array(z.object({ id: z.string(), title: z.string() }))
const Count = z.object({ count: z.int() })

/** The few articles that the desk's first page names. */
export function glanceRepository(db: Database) {
  return {
    /**
     * Articles of a state.
     * @param accountId whose; everybody's where it is not said
     * @param order the next planned first, or the last published or changed first
     */
    async inState(
      state: GlanceState,
      accountId: string | undefined,
      order: 'planned' | 'published' | 'changed',
      limit: number,
    ): Promise<Glanced[]> {
      const own = accountId === undefined ? empty : sql`and l.account_id = ${accountId}`
      const way = {
        planned: raw('published asc'),
        published: raw('published desc'),
        changed: raw('changed desc'),
      }
      return AllGlanced.parse(
        await db.all(sql`
          select a.id, a.slug, a.title, p.name as owner, f.changed, f.published from (
            select number, article_id, changed, published from desk_list as l
            where ${inState(state)} ${own} order by ${way[order]} limit ${limit}
          ) as f join articles as a on a.id = f.article_id left join accounts as p on p.id = a.account_id
          order by f.${way[order]}`),
      )
    },

    /** How many there are in a state; counted up to a limit. */
    async count(state: GlanceState, accountId: string | undefined, limit: number): Promise<number> {
      const own = accountId === undefined ? empty : sql`and l.account_id = ${accountId}`
      const row = await db.get(sql`
        select count(*) as count from (
          select 1 from desk_list as l where ${inState(state)} ${own} limit ${limit}) as found`)
      return Count.parse(row).count
    },

    /** Articles whose time passed while the site was being restored. */
    async held(limit: number): Promise<{ id: string; title: string }[]> {
      return Titles.parse(
        await db.all(sql`select id, title from articles where held = 1 order by id limit ${limit}`),
      )
    },

    /** Published articles, newest first, whose picture has no alternative text. */
    async heroesWithoutAlt(limit: number): Promise<{ id: string; title: string }[]> {
      return Titles.parse(
        await db.all(sql`
          select id, title from articles where status = 'published' and hero is not null and hero_alt = ''
          order by published desc, id desc limit ${limit}`),
      )
    },
  }
}

// All but the published are few and have indexes of their own, for which their condition has to say so; the published are found along
// the order that is asked for.
function inState(state: GlanceState): Sql {
  return state === 'published'
    ? sql`l.state || '' = 'published' and l.published > ''`
    : sql`l.state = ${state} and l.state <> 'published'`
}
