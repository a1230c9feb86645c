import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { fixedQuery } from '../foundation/fixed-query.js'
import { StandingPage } from './schema.js'

const Setting = z.object({ value: z.string() }).optional()
const Version = z.int().default(0)
const Stored = z.string().default('{}')
const Changes = z.object({ version: z.unknown() }).optional()
const Changed = z.string().nullable().default(null)

const Before = z.object({ name: z.string(), value: z.string(), afterMark: z.string() }).optional()
const CurrentSlug = z.object({ slug: z.string() }).optional()

const pageColumns = sql`id, slug, title, description, body, changed`

const StandingPages = z.array(StandingPage)
const MaybeStandingPage = StandingPage.optional()

const changes = fixedQuery(() => sql`select version from content_changes where only = 1`)

export function siteRepository(db: Database) {
  return {
    /** The stored JSON of a setting. */
    async setting(name: string): Promise<string | undefined> {
      return Setting.parse(await db.get(sql`select value from settings where name = ${name}`))?.value
    },

    /** The same at hardly any cost, for what is asked with every page; an empty object where nothing is stored. */
    watchSetting(name: string): () => string {
      return db.watch(sql`select value from settings where name = ${name}`, value => Stored.parse(value))
    },

    async saveSetting(name: string, value: string): Promise<void> {
      await db.run(sql`
        insert into settings (name, value) values (${name}, ${value})
        on conflict (name) do update set value = excluded.value`)
    },

    /** Keeps what a change replaced, so that it can be taken back; the oldest of many go. */
    async keepBefore(before: { id: string; name: string; value: string; afterMark: string; at: string }) {
      await db.run(sql`
        insert into settings_before (id, name, value, after_mark, replaced)
        values (${before.id}, ${before.name}, ${before.value}, ${before.afterMark}, ${before.at})`)
      await db.run(sql`
        delete from settings_before where name = ${before.name} and id < (
          select min(id) from (
            select id from settings_before where name = ${before.name} order by id desc limit 100))`)
    },

    async before(id: string): Promise<{ name: string; value: string; afterMark: string } | undefined> {
      return Before.parse(
        await db.get(sql`select name, value, after_mark as afterMark from settings_before where id = ${id}`),
      )
    },

    async standingPage(slug: string): Promise<StandingPage | undefined> {
      return MaybeStandingPage.parse(
        await db.get(sql`
          select ${pageColumns} from standing_pages where slug = ${slug} and deleted is null`),
      )
    },

    async standingPageById(id: string): Promise<StandingPage | undefined> {
      return MaybeStandingPage.parse(
        await db.get(sql`select ${pageColumns} from standing_pages where id = ${id} and deleted is null`),
      )
    },

    /** The address that a standing page has now, by one that it had before. */
    async currentPageSlug(former: string): Promise<string | undefined> {
      const row = await db.get(sql`
        select p.slug from former_page_slugs as f join standing_pages as p on p.id = f.page_id
        where f.slug = ${former} and p.deleted is null`)
      return CurrentSlug.parse(row)?.slug
    },

    /** All standing pages by their addresses; a site has few. */
    async standingPages(): Promise<StandingPage[]> {
      return StandingPages.parse(
        await db.all(sql`
          select ${pageColumns} from standing_pages where deleted is null order by slug limit 1000`),
      )
    },

    async saveStandingPage(page: StandingPage): Promise<void> {
      await db.run(sql`
        insert into standing_pages (id, slug, title, description, body, changed)
        values (${page.id}, ${page.slug}, ${page.title}, ${page.description}, ${page.body}, ${page.changed})
        on conflict (slug) do update set title = excluded.title, description = excluded.description,
          body = excluded.body, changed = excluded.changed, deleted = null`)
    },

    async updateStandingPage(page: StandingPage): Promise<void> {
      await db.run(sql`
        update standing_pages set slug = ${page.slug}, title = ${page.title}, description = ${page.description},
          body = ${page.body}, changed = ${page.changed} where id = ${page.id}`)
    },

    /** An address that a page leaves leads to it; one that it takes leads nowhere else. */
    async movePageSlug(pageId: string, from: string, to: string): Promise<void> {
      await db.run(sql`delete from former_page_slugs where slug = ${to}`)
      await db.run(sql`
        insert into former_page_slugs (slug, page_id) values (${from}, ${pageId})
        on conflict (slug) do update set page_id = excluded.page_id`)
    },

    /** Makes room for a page at an address that a deleted one still holds. */
    async forgetDeleted(slug: string): Promise<void> {
      await db.run(sql`delete from standing_pages where slug = ${slug} and deleted is not null`)
    },

    async markDeleted(id: string, deleted: string | null): Promise<number> {
      const { changes } = await db.run(sql`
        update standing_pages set deleted = ${deleted} where id = ${id}
          and (deleted is null) = ${deleted === null ? 0 : 1}`)
      return changes
    },

    /** When anything was noted last, at hardly any cost. */
    watchLastChange(): () => string | null {
      return db.watch(sql`select changed from content_changes where only = 1`, value => Changed.parse(value))
    },

    async noteChange(changed: string): Promise<void> {
      await db.run(sql`
        insert into content_changes (only, changed, version) values (1, ${changed}, 1)
        on conflict (only) do update set changed = excluded.changed, version = content_changes.version + 1`)
    },

    /** How many changes were noted so far. */
    async version(): Promise<number> {
      return Version.parse(Changes.parse(await db.get(changes()))?.version)
    },

    /** The same at hardly any cost. */
    watchVersion(): () => number {
      return db.watch(changes(), value => Version.parse(value))
    },
  }
}
