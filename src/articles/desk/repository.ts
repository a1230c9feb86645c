import { z } from 'zod'
import { type Database, join, raw, sql } from '../../foundation/database.js'
import { fixedLists } from '../../foundation/fixed-query.js'
import { articleColumns, articleTables } from '../repository.js'
import { ArticleRow } from '../schema.js'

const Known = z.object({ id: z.string(), slug: z.string() })

const AllKnown = z.array(Known)
const ArticleRows = z.array(ArticleRow)
const AllNames = z.array(z.object({ name: z.string() }))
const AllIds = z.array(z.object({ id: z.string() }))

/** An article's own columns as the desk writes them; the names of its section come from elsewhere. */
export type ArticleColumns = Omit<ArticleRow, 'section' | 'sectionName'>

const known = fixedLists(slugs => sql`select id, slug from articles where slug in (${join(slugs)})`)

const columnsSaved = [
  'id',
  'slug',
  'title',
  'dek',
  'body',
  'status',
  'sectionId',
  'hero',
  'heroAlt',
  'heroCaption',
  'heroCredit',
  'quickNote',
  'published',
  'updated',
  'updateReason',
  'canonicalUrl',
  'withdrawnReason',
  'changed',
] as const

// In the order of `columnsSaved`; an article is created when it changes for the first time.
const saved = fixedLists(
  values => sql`
    insert into articles (id, slug, title, dek, body, status, section_id, hero, hero_alt, hero_caption, hero_credit,
      quick_note, published, updated, update_reason, canonical_url, withdrawn_reason, changed, created)
    values (${join(values)}, ${values.at(-1)})
    on conflict (id) do update set slug = excluded.slug, title = excluded.title, dek = excluded.dek,
      body = excluded.body, status = excluded.status, section_id = excluded.section_id, hero = excluded.hero,
      hero_alt = excluded.hero_alt, hero_caption = excluded.hero_caption, hero_credit = excluded.hero_credit,
      quick_note = excluded.quick_note, published = excluded.published, updated = excluded.updated,
      update_reason = excluded.update_reason, canonical_url = excluded.canonical_url,
      withdrawn_reason = excluded.withdrawn_reason, changed = excluded.changed`,
)

/** Files an article under several, by their ids in order. Values: the article, when it was published, then the ids. */
const filed = (table: 'article_tags' | 'article_authors', column: 'tag_id' | 'author_id') =>
  fixedLists(([article, published, ...ids]) => {
    const rows = ids.map((id, position) => sql`(${article}, ${id}, ${raw(String(position))}, ${published})`)
    return sql`insert into ${raw(table)} (article_id, ${raw(column)}, position, published) values ${join(rows)}`
  })
const underTags = filed('article_tags', 'tag_id')
const underAuthors = filed('article_authors', 'author_id')

/** How the desk changes articles. Each call belongs into a transaction of the service's. */
export function deskRepository(db: Database) {
  return {
    /** The article that stands at the first of these addresses that is taken. */
    async known(slugs: string[]): Promise<{ id: string; slug: string } | undefined> {
      const rows = AllKnown.parse(await db.all(known(slugs)))
      if (rows.length < 2) return rows[0]
      return slugs.flatMap(slug => rows.find(row => row.slug === slug) ?? [])[0]
    },

    async save(article: ArticleColumns): Promise<void> {
      await db.run(saved(columnsSaved.map(column => article[column])))
    },

    /** The names of an article's tags and the ids of its authors, in their order. */
    async filedUnder(articleId: string): Promise<{ tags: string[]; authors: string[] }> {
      const tags = await db.all(sql`
        select t.name from article_tags as l join tags as t on t.id = l.tag_id
        where l.article_id = ${articleId} order by l.position limit 200`)
      const authors = await db.all(sql`
        select author_id as id from article_authors where article_id = ${articleId} order by position limit 200`)
      return {
        tags: AllNames.parse(tags).map(({ name }) => name),
        authors: AllIds.parse(authors).map(({ id }) => id),
      }
    },

    /** Articles that are not in the trash, whole, in the order of their ids after one of them; for export. */
    async after(id: string, limit: number): Promise<ArticleRow[]> {
      return ArticleRows.parse(
        await db.all(sql`
          select ${articleColumns} ${articleTables} where a.id > ${id} and a.trashed is null
          order by a.id limit ${limit}`),
      )
    },

    /** Addresses that articles had before. */
    async formerSlugsOf(articleIds: string[]): Promise<Map<string, string[]>> {
      const former = new Map<string, string[]>()
      if (articleIds.length === 0) return former
      const rows = await db.all(sql`
        select article_id as id, slug from former_slugs where article_id in (${join(articleIds)}) order by slug`)
      for (const { id, slug } of AllKnown.parse(rows)) former.set(id, [...(former.get(id) ?? []), slug])
      return former
    },

    async replaceTags(articleId: string, tagIds: string[], published: string | null): Promise<void> {
      await db.run(sql`delete from article_tags where article_id = ${articleId}`)
      await this.fileUnderTags(articleId, tagIds, published)
    },

    async replaceAuthors(articleId: string, authorIds: string[], published: string | null): Promise<void> {
      await db.run(sql`delete from article_authors where article_id = ${articleId}`)
      await this.fileUnderAuthors(articleId, authorIds, published)
    },

    /** Files an article that is under no tag so far. */
    async fileUnderTags(articleId: string, tagIds: string[], published: string | null): Promise<void> {
      if (tagIds.length > 0) await db.run(underTags([articleId, published, ...tagIds]))
    },

    /** Files an article that has no author so far. */
    async fileUnderAuthors(articleId: string, authorIds: string[], published: string | null): Promise<void> {
      if (authorIds.length > 0) await db.run(underAuthors([articleId, published, ...authorIds]))
    },

    /** Keeps an address that the article had before; a living article's address is never taken. */
    async keepFormerSlug(slug: string, articleId: string): Promise<void> {
      await db.run(sql`delete from former_slugs where slug = ${slug}`)
      await db.run(sql`
        insert into former_slugs (slug, article_id) select ${slug}, ${articleId}
        where not exists (select 1 from articles where slug = ${slug})`)
    },
  }
}
