import { z } from 'zod'
import { type Database, empty, join, raw, type Sql, sql } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { ArticleRow } from '../schema.js'
import { Manuscript, written } from './schema.js'
import { visibleTo } from './visibility.repository.js'

/** An article's own row with what only the desk sees of it. */
export const DeskArticle = ArticleRow.extend({
  accountId: z.string().nullable(),
  created: z.string(),
  submitted: z.string().nullable(),
  embargo: z.string(),
  held: z.int(),
  trashed: z.string().nullable(),
  trashedStatus: z.string().nullable(),
})
export type DeskArticle = z.infer<typeof DeskArticle>

const Stored = z.object({
  version: z.int(),
  fields: z.string().transform(text => Manuscript.parse(JSON.parse(text))),
  changed: z.string(),
  accountId: z.string().nullable(),
  accountName: z.string().nullable(),
})
export type StoredManuscript = z.infer<typeof Stored>

const MaybeArticle = DeskArticle.optional()
const MaybeStored = Stored.optional()
const Named = z.object({ id: z.string(), slug: z.string(), name: z.string() })
const AllNamed = z.array(Named)
const Slugs = z.array(z.object({ slug: z.string() }))

const columns =
  raw(`a.id, a.slug, a.title, a.dek, a.body, a.status, a.section_id as sectionId, s.slug as section,
  s.name as sectionName, a.hero, a.hero_alt as heroAlt, a.hero_caption as heroCaption, a.hero_credit as heroCredit,
  a.quick_note as quickNote, a.published, a.updated, a.update_reason as updateReason, a.canonical_url as canonicalUrl,
  a.withdrawn_reason as withdrawnReason, a.changed, a.account_id as accountId, a.created, a.submitted, a.embargo,
  a.held, a.trashed, a.trashed_status as trashedStatus`)

/** Working copies, and the rows that they belong to. */
export function manuscriptsRepository(db: Database) {
  const one = async (id: string, and: Sql) =>
    MaybeArticle.parse(
      await db.get(sql`
        select ${columns} from articles as a join sections as s on s.id = a.section_id where a.id = ${id} ${and}`),
    )
  return {
    /** An article that somebody may work on. */
    async visible(actor: Actor, id: string): Promise<DeskArticle | undefined> {
      return one(id, sql`and ${visibleTo(actor)}`)
    },

    async article(id: string): Promise<DeskArticle | undefined> {
      return one(id, empty)
    },

    async manuscript(articleId: string): Promise<StoredManuscript | undefined> {
      return MaybeStored.parse(
        await db.get(sql`
          select m.version, m.fields, m.changed, m.account_id as accountId, p.name as accountName
          from manuscripts as m left join accounts as p on p.id = m.account_id where m.article_id = ${articleId}`),
      )
    },

    /**
     * Puts a working copy in the place of the version that it was made from.
     * @returns false when that is no longer the version that stands there
     */
    async replace(
      articleId: string,
      version: number,
      { fields, changed, accountId }: { fields: Manuscript; changed: string; accountId: string | null },
    ): Promise<boolean> {
      const text = written(fields)
      const { changes } = await db.run(sql`
        insert into manuscripts (article_id, version, fields, changed, account_id)
        values (${articleId}, ${version + 1}, ${text}, ${changed}, ${accountId})
        on conflict (article_id) do update set version = excluded.version, fields = excluded.fields,
          changed = excluded.changed, account_id = excluded.account_id where manuscripts.version = ${version}`)
      return changes === 1
    },

    /** Notes that the article's own row says what its working copy says. */
    async noteFiled(articleId: string): Promise<void> {
      await db.run(sql`update manuscripts set filed = version where article_id = ${articleId}`)
    },

    /** Notes that a change went into both, if they said the same before. */
    async noteBothChanged(articleId: string): Promise<void> {
      await db.run(
        sql`update manuscripts set filed = version where article_id = ${articleId} and filed = version - 1`,
      )
    },

    /** Makes a new article somebody's own. */
    async assign(articleId: string, accountId: string): Promise<void> {
      await db.run(sql`update articles set account_id = ${accountId} where id = ${articleId}`)
    },

    async note(articleId: string, { embargo, changed }: { embargo: string; changed: string }): Promise<void> {
      await db.run(
        sql`update articles set embargo = ${embargo}, changed = ${changed} where id = ${articleId}`,
      )
    },

    /** Whether another article stands at an address. One that has left it makes room. */
    async isTaken(slug: string, articleId: string): Promise<boolean> {
      return (
        (await db.get(sql`select id from articles where slug = ${slug} and id <> ${articleId}`)) !== undefined
      )
    },

    /** Those of these addresses that another article has or had. */
    async everTaken(slugs: string[], articleId: string): Promise<string[]> {
      const rows = await db.all(sql`
        select slug from articles where slug in (${join(slugs)}) and id <> ${articleId}
        union all select slug from former_slugs where slug in (${join(slugs)}) and article_id <> ${articleId}`)
      return Slugs.parse(rows).map(row => row.slug)
    },

    /** Names for the form's lists, the first of the alphabet; those already chosen are always among them. */
    async authors(chosen: string[], limit: number): Promise<z.infer<typeof AllNamed>> {
      return AllNamed.parse(
        await db.all(sql`
          select id, slug, name from authors where id in (${join([...chosen, ''])})
          union select id, slug, name from (select id, slug, name from authors order by name, id limit ${limit})
          order by name`),
      )
    },

    async tags(limit: number): Promise<z.infer<typeof AllNamed>> {
      return AllNamed.parse(await db.all(sql`select id, slug, name from tags order by name limit ${limit}`))
    },

    async authorNamed(name: string): Promise<z.infer<typeof Named> | undefined> {
      return Named.optional().parse(
        await db.get(
          sql`select id, slug, name from authors where lower(name) = lower(${name}) order by id limit 1`,
        ),
      )
    },
  }
}
