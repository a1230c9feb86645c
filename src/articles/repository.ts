import { z } from 'zod'
import { type Database, empty, join, raw, type Sql, sql } from '../foundation/database.js'
import { fixedLists, fixedQuery } from '../foundation/fixed-query.js'
import { readOnce } from '../foundation/read-once.js'
import { ArticleRow, Author, type Cursor, type Listing, Neighbour, Story, Tag } from './schema.js'

const storyColumns = raw(`a.id, a.slug, a.title, a.dek, a.hero, a.hero_alt as heroAlt, s.slug as section,
  s.name as sectionName, a.published, a.updated`)

/** An article's own columns, as `ArticleRow` reads them. */
export const articleColumns =
  raw(`a.id, a.slug, a.title, a.dek, a.body, a.status, a.section_id as sectionId, s.slug as section,
  s.name as sectionName, a.hero, a.hero_alt as heroAlt, a.hero_caption as heroCaption, a.hero_credit as heroCredit,
  a.quick_note as quickNote, a.published, a.updated, a.update_reason as updateReason, a.canonical_url as canonicalUrl,
  a.withdrawn_reason as withdrawnReason, a.changed`)

export const articleTables = raw('from articles as a join sections as s on s.id = a.section_id')

// Schemas are made once: making one compiles it.
const Authors = z.array(Author)
const ArticleRows = z.array(ArticleRow)
const OfArticle = z.object({ articleId: z.string() })
const AuthorOfArticle = OfArticle.extend(Author.shape)
const TagOfArticle = OfArticle.extend(Tag.shape)
const Neighbours = z.array(Neighbour)
const Addresses = z.array(z.object({ slug: z.string(), changed: z.string() }))
const Months = z.array(
  z.object({ month: z.string(), articles: z.int(), first: z.string(), last: z.string() }),
)
const CurrentSlug = z.object({ slug: z.string() }).optional()

// Of what stands on page after page; a paper has fewer authors and tags than that.
const REMEMBERED = 2_000
// Texts are long. One that is what it was comes back as the same string, by which what was made of it is found at once.
const ARTICLES_REMEMBERED = 200
const articleRow = readOnce(row => ArticleRow.parse(row), { most: ARTICLES_REMEMBERED })
const story = readOnce(row => Story.parse(row), { most: REMEMBERED })
const authorOf = readOnce(row => AuthorOfArticle.parse(row), { keyed: 'link', most: REMEMBERED })
const tagOf = readOnce(row => TagOfArticle.parse(row), { keyed: 'link', most: REMEMBERED })

const bySlug = fixedQuery(
  (slug: string) => sql`select ${articleColumns} ${articleTables} where a.slug = ${slug}`,
)

const neighbours = fixedQuery((published: string, id: string) => {
  const beside = (side: Sql, order: Sql) => sql`
    select slug, title, ${side} as side from (select slug, title from articles
      where status = 'published' and (published, id) ${order} limit 1)`
  const older = sql`< (${published}, ${id}) order by published desc, id desc`
  const newer = sql`> (${published}, ${id}) order by published, id`
  return sql`${beside(raw("'older'"), older)} union all ${beside(raw("'newer'"), newer)}`
})

// Of an article, its tags, and how many are wanted.
const related = fixedLists(([id, ...rest]) => {
  const latest = rest.slice(0, -1).map(
    tag => sql`select article_id from (select article_id from article_tags where tag_id = ${tag}
      and published is not null order by published desc, article_id desc limit 20)`,
  )
  return sql`
    select ${storyColumns} from (
      select article_id, count(*) as shared from (${join(latest, ' union all ')})
      where article_id <> ${id} group by article_id
    ) as candidate join articles as a on a.id = candidate.article_id join sections as s on s.id = a.section_id
    order by candidate.shared desc, a.published desc limit ${rest.at(-1)}`
})

const authorsOf = fixedLists(
  ids => sql`
    select l.article_id || l.author_id as link, l.article_id as articleId, p.id, p.slug, p.name, p.bio, p.picture,
      p.picture_alt as pictureAlt, p.links
    from article_authors as l join authors as p on p.id = l.author_id
    where l.article_id in (${join(ids)}) order by l.article_id, l.position`,
)

const tagsOf = fixedLists(
  ids => sql`
    select l.article_id || l.tag_id as link, l.article_id as articleId, t.id, t.slug, t.name
    from article_tags as l join tags as t on t.id = l.tag_id
    where l.article_id in (${join(ids)}) order by l.article_id, l.position`,
)

/** What readers may see of articles. */
export function articlesRepository(db: Database) {
  const allOf = async (ids: string[], query: (ids: Sql) => Sql) =>
    ids.length ? db.all(query(join(ids))) : []
  return {
    async bySlug(slug: string): Promise<ArticleRow | undefined> {
      const row = await db.get(bySlug(slug))
      return row ? articleRow(row) : undefined
    },

    /** The address that an article has now, by one that it had before. */
    async currentSlug(former: string): Promise<string | undefined> {
      const row = await db.get(sql`
        select a.slug from former_slugs as f join articles as a on a.id = f.article_id
        where f.slug = ${former} and a.status in ('published', 'withdrawn')`)
      return CurrentSlug.parse(row)?.slug
    },

    /**
     * Stories of a listing beside a cursor, nearest first.
     * @param direction `older` walks back in time, `newer` forward
     */
    async stories(
      listing: Listing,
      limit: number,
      cursor?: Cursor,
      direction: 'older' | 'newer' = 'older',
    ): Promise<Story[]> {
      const { from, where, published, id } = source(listing)
      const order = direction === 'older' ? raw('desc') : raw('asc')
      const side = direction === 'older' ? raw('<') : raw('>')
      const beyond = cursor
        ? sql`and (${published}, ${id}) ${side} (${cursor.published}, ${cursor.id})`
        : empty
      const rows = await db.all(sql`
        select ${storyColumns} ${from} join sections as s on s.id = a.section_id
        where ${where} ${beyond} order by ${published} ${order}, ${id} ${order} limit ${limit}`)
      return rows.map(story)
    },

    /** The articles that were published right before and after another. */
    async neighbours({ published, id }: Cursor): Promise<Neighbour[]> {
      return Neighbours.parse(await db.all(neighbours(published, id)))
    },

    /** Whole articles of a listing, newest first, for feeds. */
    async newest(listing: Listing, limit: number): Promise<ArticleRow[]> {
      const { from, where, published, id } = source(listing)
      return ArticleRows.parse(
        await db.all(sql`
          select ${articleColumns} ${from} join sections as s on s.id = a.section_id
          where ${where} order by ${published} desc, ${id} desc limit ${limit}`),
      )
    },

    /** Those of these articles that are published. */
    async published(ids: string[]): Promise<ArticleRow[]> {
      const rows = await allOf(
        ids,
        wanted => sql`
          select ${articleColumns} ${articleTables} where a.id in (${wanted}) and a.status = 'published'`,
      )
      return ArticleRows.parse(rows)
    },

    /** Stories that share the most tags, among the latest of each tag. */
    async related(article: { id: string }, tags: Tag[], limit: number): Promise<Story[]> {
      if (tags.length === 0) return []
      const rows = await db.all(related([article.id, ...tags.map(({ id }) => id), limit]))
      return rows.map(story)
    },

    /** Authors of each article, in the order of the byline. */
    async authorsOf(articleIds: string[]): Promise<Map<string, Author[]>> {
      const rows = articleIds.length ? await db.all(authorsOf(articleIds)) : []
      return grouped(rows.map(authorOf))
    },

    /** Those of these authors that there are, in the order given. */
    async authorsByIds(ids: string[]): Promise<Author[]> {
      const rows = await allOf(
        ids,
        wanted => sql`
          select id, slug, name, bio, picture, picture_alt as pictureAlt, links from authors where id in (${wanted})`,
      )
      const authors = Authors.parse(rows)
      return ids.flatMap(id => authors.find(author => author.id === id) ?? [])
    },

    async tagsOf(articleIds: string[]): Promise<Map<string, Tag[]>> {
      const rows = articleIds.length ? await db.all(tagsOf(articleIds)) : []
      return grouped(rows.map(tagOf))
    },

    /** The months, in UTC, in which anything was published, oldest first, with their first and last instants. */
    async months(): Promise<z.infer<typeof Months>> {
      return Months.parse(
        await db.all(sql`
          select month, articles,
            (select published from articles where status = 'published' and published > m.month
              order by published, id limit 1) as first,
            (select published from articles where status = 'published' and published < m.month || '.'
              order by published desc, id desc limit 1) as last
          from published_months as m order by month limit 10000`),
      )
    },

    /**
     * Addresses of what was published in a month, in UTC, and when each last changed for readers; for sitemaps. Passing over some
     * is a walk along the index, never longer than the month.
     */
    async addresses(
      month: string,
      { limit, offset }: { limit: number; offset: number },
    ): Promise<z.infer<typeof Addresses>> {
      return Addresses.parse(
        await db.all(sql`
          select a.slug, case when a.corrected > coalesce(a.updated, a.published) then a.corrected
            else coalesce(a.updated, a.published) end as changed
          from (select id from articles where status = 'published' and published > ${month}
            and published < ${`${month}.`} order by published, id limit ${limit} offset ${offset}) as part
          join articles as a on a.id = part.id`),
      )
    },
  }
}

/** The tables and the index order that a listing walks along. */
function source(listing: Listing): { from: Sql; where: Sql; published: Sql; id: Sql } {
  const own = { from: sql`from articles as a`, published: raw('a.published'), id: raw('a.id') }
  switch (listing.kind) {
    case 'all':
      return { ...own, where: sql`a.status = 'published'` }
    case 'section':
      return { ...own, where: sql`a.status = 'published' and a.section_id = ${listing.id}` }
    case 'span':
      return {
        ...own,
        where: sql`a.status = 'published' and a.published >= ${listing.from} and a.published < ${listing.to}`,
      }
    default: {
      const [table, column] =
        listing.kind === 'tag' ? ['article_tags', 'tag_id'] : ['article_authors', 'author_id']
      return {
        from: raw(`from ${table} as l join articles as a on a.id = l.article_id`),
        where: sql`l.published is not null and ${raw(`l.${column}`)} = ${listing.id}`,
        published: raw('l.published'),
        id: raw('l.article_id'),
      }
    }
  }
}

/** Rows by the article that they belong to. */
export function grouped<Row extends { articleId: string }>(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.articleId)
    if (group) group.push(row)
    else groups.set(row.articleId, [row])
  }
  return groups
}
