import { z } from 'zod'
import { type Database, empty, join, raw, type Sql, sql } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { visibleTo } from '../desk/visibility.repository.js'
import { type ListCursor, ListedArticle, type ListFilter, type Order, State } from './schema.js'
import { allHolding, holding } from './search.sqlite.js'

const Places = z.array(z.object({ number: z.int(), value: z.string() }))
const ListedArticles = z.array(ListedArticle)
const Counts = z.array(z.object({ state: State, count: z.int() }))
const Touched = z.array(z.object({ id: z.string(), title: z.string() }))

/** A way through the list, from where, and how far. */
export interface Walk {
  order: Order
  direction: 'asc' | 'desc'
  beyond?: ListCursor | undefined
  limit: number
}

/** The desk's list of articles. */
export function listRepository(db: Database) {
  return {
    /** Where the next rows of a list stand. Only one index is read for it, however few rows match. */
    async places(
      actor: Actor,
      filter: ListFilter,
      { order, direction, beyond, limit }: Walk,
    ): Promise<z.infer<typeof Places>> {
      const value = raw(`l.${order}`)
      const way = raw(direction)
      const side = direction === 'asc' ? raw('>') : raw('<')
      const from = beyond ? sql`and (${value}, l.number) ${side} (${beyond.value}, ${beyond.number})` : empty
      return Places.parse(
        await db.all(sql`
          select l.number, ${value} as value from desk_list as l
          where ${listedFor(actor)} and ${inState(filter.state)} ${narrowed(filter)} ${from}
          order by ${value} ${way}, l.number ${way} limit ${limit}`),
      )
    },

    /** How many articles of a list there are in each state, whichever state it shows. */
    async counts(actor: Actor, filter: ListFilter): Promise<z.infer<typeof Counts>> {
      const { words, ...others } = filter
      const listed = words.length ? allHolding(words) : sql`desk_list as l`
      return Counts.parse(
        await db.all(sql`
          select l.state, count(*) as count from ${listed}
          where ${listedFor(actor)} ${narrowed({ ...others, words: [] })} group by l.state`),
      )
    },

    /** What the rows at these places show, in no order. */
    async rows(numbers: number[]): Promise<ListedArticle[]> {
      if (numbers.length === 0) return []
      return ListedArticles.parse(
        await db.all(sql`
          select l.number, a.id, a.slug, a.title, l.state, s.name as section, p.name as owner, l.changed, l.published,
            a.embargo, a.held,
            case when (a.hero is not null and a.hero_alt = '') or a.body like '%![](%' then 1 else 0 end as missingAlt,
            case when a.status = 'published' and m.version > m.filed then 1 else 0 end as unpublished
          from desk_list as l join articles as a on a.id = l.article_id join sections as s on s.id = a.section_id
          left join accounts as p on p.id = a.account_id left join manuscripts as m on m.article_id = a.id
          where l.number in (${join(numbers)})`),
      )
    },

    /** Puts articles into a section, as far as the actor may. @returns those that it was done to */
    async setSection(
      actor: Actor,
      ids: string[],
      sectionId: string,
      changed: string,
    ): Promise<z.infer<typeof Touched>> {
      return Touched.parse(
        await db.all(sql`
          update articles as a set section_id = ${sectionId}, changed = ${changed}
          where a.id in (${join(ids)}) and a.trashed is null and ${visibleTo(actor)} returning id, title`),
      )
    },

    /** Adds a tag to articles, as far as the actor may, after those that they have. @returns those without it so far */
    async addTag(actor: Actor, ids: string[], tagId: string): Promise<z.infer<typeof Touched>> {
      const added = await db.all(sql`
        insert into article_tags (article_id, tag_id, position, published)
        select a.id, ${tagId},
          (select coalesce(max(position), -1) + 1 from article_tags where article_id = a.id),
          case when a.status = 'published' then a.published end
        from articles as a where a.id in (${join(ids)}) and a.trashed is null and ${visibleTo(actor)}
        on conflict (article_id, tag_id) do nothing returning article_id as id, '' as title`)
      const touched = Touched.parse(added).map(({ id }) => id)
      if (touched.length === 0) return []
      return Touched.parse(await db.all(sql`select id, title from articles where id in (${join(touched)})`))
    },
  }
}

// The plus signs and empty texts keep conditions from choosing the way: the index of the list's own order leads, and
// holds all that they ask for.
function listedFor({ id, role }: Actor): Sql {
  switch (role) {
    case 'owner':
    case 'editor':
      return sql`1 = 1`
    case 'author':
      return sql`l.account_id = ${id}`
    case 'contributor':
      return sql`(l.account_id = ${id} and l.state || '' in ('draft', 'waiting'))`
  }
}

function inState(state: ListFilter['state']): Sql {
  return state === 'all' ? sql`l.state <> 'trash'` : sql`l.state || '' = ${state}`
}

function narrowed({ sectionId, authorId, tagId, words }: ListFilter): Sql {
  const terms = [authorId, tagId].filter(id => id !== undefined)
  const conditions = [
    ...(sectionId === undefined ? [] : [sql`l.section_id = ${sectionId}`]),
    ...terms.map(id => sql`+l.number in (select number from desk_list_terms where term_id = ${id})`),
    ...(words.length === 0 ? [] : [holding(words)]),
  ]
  return conditions.length ? sql`and ${join(conditions, ' and ')}` : empty
}
