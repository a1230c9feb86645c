import { z } from 'zod'
import { type Database, empty, raw, type Sql, sql } from '../foundation/database.js'

export type MovedKind = 'article' | 'section' | 'tag' | 'author'

export const folders: Record<MovedKind, string> = {
  article: '/articles/',
  author: '/authors/',
  section: '/sections/',
  tag: '/tags/',
}

// SQLite reads tables that are joined so in their written order, which is the order of the list.
const moved: Record<MovedKind, Sql> = {
  article: sql`from former_slugs as f cross join articles as t where t.id = f.article_id and t.slug <> f.slug`,
  author: sql`from former_terms as f cross join authors as t where t.id = f.term_id and f.kind = 'author'`,
  section: sql`from former_terms as f cross join sections as t where t.id = f.term_id and f.kind = 'section'`,
  tag: sql`from former_terms as f cross join tags as t where t.id = f.term_id and f.kind = 'tag'`,
}
const standing: Record<MovedKind, Sql> = {
  article: raw(`from articles where status in ('published', 'withdrawn') and`),
  author: raw('from authors where'),
  section: raw('from sections where'),
  tag: raw('from tags where'),
}

const Rows = z.array(z.object({ former: z.string(), current: z.string() }))

/** Addresses that lead elsewhere since what stood there moved. */
export function formerAddressesRepository(db: Database) {
  return {
    /** Former slugs of one kind in their order, after one of them. */
    async list(kind: MovedKind, { after, query, limit }: { after: string; query: string; limit: number }) {
      const like = `%${query.replace(/[\\%_]/g, '\\$&')}%`
      const found = query
        ? sql`and (${folders[kind]} || f.slug like ${like} escape '\\' or ${folders[kind]} || t.slug like ${like} escape '\\')`
        : empty
      return Rows.parse(
        await db.all(sql`
          select f.slug as former, t.slug as current ${moved[kind]} and f.slug > ${after} ${found}
          order by f.slug limit ${limit}`),
      )
    },

    async stands(kind: MovedKind, slug: string): Promise<boolean> {
      return (await db.get(sql`select 1 as there ${standing[kind]} slug = ${slug}`)) !== undefined
    },
  }
}
