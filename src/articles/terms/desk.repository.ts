import { z } from 'zod'
import { type Database, empty, join, raw, type Sql, sql } from '../../foundation/database.js'
import { Author } from '../schema.js'
import { ListedTerm, type Profile, type TermKind } from './schema.js'

const tables: Record<TermKind, { terms: Sql; links: Sql; column: Sql }> = {
  section: { terms: raw('sections'), links: raw('articles'), column: raw('section_id') },
  tag: { terms: raw('tags'), links: raw('article_tags'), column: raw('tag_id') },
  author: { terms: raw('authors'), links: raw('article_authors'), column: raw('author_id') },
}

const ListedTerms = z.array(ListedTerm)
const MaybeTerm = z.object({ id: z.string(), slug: z.string(), name: z.string() }).optional()
const DeskAuthor = Author.extend({ accountId: z.string().nullable() })
export type DeskAuthor = z.infer<typeof DeskAuthor>
const MaybeAuthor = DeskAuthor.optional()
const MaybeSection = z
  .object({ id: z.string(), slug: z.string(), name: z.string(), description: z.string() })
  .optional()
const Named = z.array(z.object({ id: z.string(), name: z.string() }))
const WorkingCopies = z.array(z.object({ id: z.string(), fields: z.string() }))
const MaybeRemoved = z.object({ fields: z.string() }).optional()
const Row = z.record(z.string(), z.union([z.string(), z.number(), z.null()]))

/** How the desk changes what articles are filed under. */
export function termsDeskRepository(db: Database) {
  return {
    /** Terms in the order of their addresses, after one of them. Sections have an order of their own and are few. */
    async list(
      kind: TermKind,
      { after = '', query = '', unused = false, limit }: Wanted & { limit: number },
    ): Promise<ListedTerm[]> {
      const { terms, links, column } = tables[kind]
      const like = `%${query.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
      const found = query
        ? sql`and (lower(t.name) like ${like} escape '\\' or t.slug like ${like} escape '\\')`
        : empty
      const idle = unused ? sql`and not exists (select 1 from ${links} where ${column} = t.id)` : empty
      const order = kind === 'section' ? raw('t.position, t.slug') : raw('t.slug')
      return ListedTerms.parse(
        await db.all(sql`
          select t.id, t.slug, t.name, (select count(*) from ${links} where ${column} = t.id) as articles
          from ${terms} as t where t.slug > ${after} ${found} ${idle} order by ${order} limit ${limit}`),
      )
    },

    async byId(kind: TermKind, id: string) {
      return MaybeTerm.parse(
        await db.get(sql`select id, slug, name from ${tables[kind].terms} where id = ${id}`),
      )
    },

    async bySlug(kind: TermKind, slug: string) {
      return MaybeTerm.parse(
        await db.get(sql`select id, slug, name from ${tables[kind].terms} where slug = ${slug}`),
      )
    },

    async tagByName(name: string) {
      return MaybeTerm.parse(
        await db.get(sql`select id, slug, name from tags where name = ${name} order by slug limit 1`),
      )
    },

    async section(id: string) {
      return MaybeSection.parse(
        await db.get(sql`select id, slug, name, description from sections where id = ${id}`),
      )
    },

    async author(id: string): Promise<DeskAuthor | undefined> {
      return MaybeAuthor.parse(await db.get(sql`${authors} where id = ${id}`))
    },

    async authorOfAccount(accountId: string): Promise<DeskAuthor | undefined> {
      return MaybeAuthor.parse(await db.get(sql`${authors} where account_id = ${accountId}`))
    },

    /** People who may sign in, to say whose profile is whose. */
    async accounts(): Promise<{ id: string; name: string }[]> {
      return Named.parse(await db.all(sql`select id, name from accounts order by name, id limit 500`))
    },

    async isUsed(kind: TermKind, id: string): Promise<boolean> {
      const { links, column } = tables[kind]
      const filed = await db.get(sql`select 1 as used from ${links} where ${column} = ${id} limit 1`)
      // Tags stand in working copies by name and are made again on saving; the others by id, which must not dangle.
      const copied =
        kind !== 'tag' &&
        (await db.get(sql`select 1 as used from manuscripts where fields like ${`%"${id}"%`} limit 1`))
      return Boolean(filed || copied)
    },

    async addSection(section: {
      id: string
      slug: string
      name: string
      description: string
    }): Promise<void> {
      await db.run(sql`
        insert into sections (id, slug, name, description, position)
        select ${section.id}, ${section.slug}, ${section.name}, ${section.description}, coalesce(max(position), -1) + 1
        from sections`)
    },

    async saveSection(section: {
      id: string
      slug: string
      name: string
      description: string
    }): Promise<void> {
      await db.run(sql`
        update sections set slug = ${section.slug}, name = ${section.name}, description = ${section.description}
        where id = ${section.id}`)
    },

    async addTag(tag: { id: string; slug: string; name: string }): Promise<void> {
      await db.run(sql`insert into tags (id, slug, name) values (${tag.id}, ${tag.slug}, ${tag.name})`)
    },

    async saveTag(tag: { id: string; slug: string; name: string }): Promise<void> {
      await db.run(sql`update tags set slug = ${tag.slug}, name = ${tag.name} where id = ${tag.id}`)
    },

    async addAuthor(author: Profile & { id: string; slug: string }): Promise<void> {
      await db.run(sql`
        insert into authors (id, slug, name, bio, picture, picture_alt, links, account_id)
        values (${author.id}, ${author.slug}, ${author.name}, ${author.bio}, ${author.picture}, ${author.pictureAlt},
          ${JSON.stringify(author.links)}, ${author.accountId})`)
    },

    async saveAuthor(author: Profile & { id: string; slug: string }): Promise<void> {
      await db.run(sql`
        update authors set slug = ${author.slug}, name = ${author.name}, bio = ${author.bio},
          picture = ${author.picture}, picture_alt = ${author.pictureAlt}, links = ${JSON.stringify(author.links)},
          account_id = ${author.accountId}
        where id = ${author.id}`)
    },

    /** Takes the profile away from whoever has it now: an account has one. */
    async freeAccount(accountId: string, exceptId: string): Promise<void> {
      await db.run(
        sql`update authors set account_id = null where account_id = ${accountId} and id <> ${exceptId}`,
      )
    },

    /** Files all articles of one under another. Where an article had both, it keeps the earlier place. */
    async refile(kind: 'tag' | 'author', from: string, to: string): Promise<void> {
      const { links, column } = tables[kind]
      await db.run(sql`
        update ${links} set position = (
          select b.position from ${links} as b
          where b.article_id = ${links}.article_id and b.${column} = ${from})
        where ${column} = ${to} and exists (
          select 1 from ${links} as b where b.article_id = ${links}.article_id and b.${column} = ${from}
            and b.position < ${links}.position)`)
      await db.run(sql`
        delete from ${links} where ${column} = ${from} and exists (
          select 1 from ${links} as a where a.article_id = ${links}.article_id and a.${column} = ${to})`)
      await db.run(sql`update ${links} set ${column} = ${to} where ${column} = ${from}`)
    },

    async remove(kind: TermKind, id: string): Promise<void> {
      await db.run(sql`delete from ${tables[kind].terms} where id = ${id}`)
    },

    /** Working copies in the order of their articles' ids that hold a text somewhere. */
    async workingCopiesWith(text: string, afterId: string, limit: number) {
      const like = `%${JSON.stringify(text).replace(/[\\%_]/g, '\\$&')}%`
      return WorkingCopies.parse(
        await db.all(sql`
          select article_id as id, fields from manuscripts
          where article_id > ${afterId} and fields like ${like} escape '\\' order by article_id limit ${limit}`),
      )
    },

    // The version stays: who has it open now must not be told of a conflict over a name.
    async saveWorkingCopy(articleId: string, fields: string): Promise<void> {
      await db.run(sql`update manuscripts set fields = ${fields} where article_id = ${articleId}`)
    },

    /** Keeps an address that a term had; a living term's address is never taken. */
    async keepFormer(
      kind: TermKind,
      { slug, formerId = null, termId }: { slug: string; formerId?: string | null; termId: string },
    ): Promise<void> {
      await db.run(sql`
        insert into former_terms (kind, slug, former_id, term_id) values (${kind}, ${slug}, ${formerId}, ${termId})
        on conflict (kind, slug) do update set former_id = excluded.former_id, term_id = excluded.term_id`)
    },

    /** Frees an address for the term that takes it now. */
    async dropFormer(kind: TermKind, slug: string): Promise<void> {
      await db.run(sql`delete from former_terms where kind = ${kind} and slug = ${slug}`)
    },

    async dropFormerOf(kind: TermKind, termId: string): Promise<void> {
      await db.run(sql`delete from former_terms where kind = ${kind} and term_id = ${termId}`)
    },

    async passFormerOn(kind: TermKind, from: string, to: string): Promise<void> {
      await db.run(sql`update former_terms set term_id = ${to} where kind = ${kind} and term_id = ${from}`)
    },

    /** What a former address leads to now. */
    async current(kind: TermKind, slug: string) {
      return MaybeTerm.parse(
        await db.get(sql`
          select t.id, t.slug, t.name from former_terms as f join ${tables[kind].terms} as t on t.id = f.term_id
          where f.kind = ${kind} and f.slug = ${slug}`),
      )
    },

    /** What an id that was merged into another leads to now. */
    async merged(kind: TermKind, formerId: string) {
      return MaybeTerm.parse(
        await db.get(sql`
          select t.id, t.slug, t.name from former_terms as f join ${tables[kind].terms} as t on t.id = f.term_id
          where f.kind = ${kind} and f.former_id = ${formerId}`),
      )
    },

    /** Puts a term aside instead of losing it; what lay there since before a date is lost now. */
    async putAside(
      kind: TermKind,
      id: string,
      { removed, forget }: { removed: string; forget: string },
    ): Promise<void> {
      const row = Row.parse(await db.get(sql`select * from ${tables[kind].terms} where id = ${id}`))
      await db.run(sql`delete from removed_terms where removed < ${forget}`)
      await db.run(sql`
        insert into removed_terms (id, kind, fields, removed)
        values (${id}, ${kind}, ${JSON.stringify(row)}, ${removed})`)
    },

    /** Takes back what was put aside. @returns whether it was there still, and its address free */
    async takeBack(kind: TermKind, id: string): Promise<boolean> {
      const found = MaybeRemoved.parse(
        await db.get(sql`select fields from removed_terms where id = ${id} and kind = ${kind}`),
      )
      if (!found) return false
      const row = Row.parse(JSON.parse(found.fields))
      if (await this.bySlug(kind, String(row.slug))) return false
      // What the row pointed to may be gone or taken by now.
      if (kind === 'author') await this.loosen(row)
      const columns = Object.keys(row).filter(column => /^[a-z_]+$/.test(column))
      await db.run(sql`
        insert into ${tables[kind].terms} (${raw(columns.join(', '))})
        values (${join(columns.map(column => row[column] ?? null))})`)
      await db.run(sql`delete from removed_terms where id = ${id}`)
      return true
    },

    async loosen(row: z.infer<typeof Row>): Promise<void> {
      if (!(await db.get(sql`select 1 as there from media where id = ${row.picture}`))) row.picture = null
      if (await db.get(sql`select 1 as taken from authors where account_id = ${row.account_id}`))
        row.account_id = null
    },
  }
}

export interface Wanted {
  after?: string
  query?: string
  unused?: boolean
}

const authors =
  raw(`select id, slug, name, bio, picture, picture_alt as pictureAlt, links, account_id as accountId
  from authors`)
