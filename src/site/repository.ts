import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { StandingPage } from './schema.js'

const Setting = z.object({ value: z.string() }).optional()
const Changed = z.object({ changed: z.string() }).optional()

const StandingPages = z.array(StandingPage)
const MaybeStandingPage = StandingPage.optional()

export function siteRepository(db: Database) {
  return {
    /** The stored JSON of a setting. */
    async setting(name: string): Promise<string | undefined> {
      return Setting.parse(await db.get(sql`select value from settings where name = ${name}`))?.value
    },

    async saveSetting(name: string, value: string): Promise<void> {
      await db.run(sql`
        insert into settings (name, value) values (${name}, ${value})
        on conflict (name) do update set value = excluded.value`)
    },

    async standingPage(slug: string): Promise<StandingPage | undefined> {
      return MaybeStandingPage.parse(
        await db.get(
          sql`select id, slug, title, description, body, changed from standing_pages where slug = ${slug}`,
        ),
      )
    },

    /** The slugs and dates of all standing pages; a site has few. */
    async standingPages(): Promise<StandingPage[]> {
      return StandingPages.parse(
        await db.all(sql`
          select id, slug, title, description, body, changed from standing_pages order by slug limit 1000`),
      )
    },

    async saveStandingPage(page: StandingPage): Promise<void> {
      await db.run(sql`
        insert into standing_pages (id, slug, title, description, body, changed)
        values (${page.id}, ${page.slug}, ${page.title}, ${page.description}, ${page.body}, ${page.changed})
        on conflict (slug) do update set
          title = excluded.title, description = excluded.description, body = excluded.body, changed = excluded.changed`)
    },

    async lastChange(): Promise<string | undefined> {
      return Changed.parse(await db.get(sql`select changed from content_changes where only = 1`))?.changed
    },

    async saveLastChange(changed: string): Promise<void> {
      await db.run(sql`
        insert into content_changes (only, changed) values (1, ${changed})
        on conflict (only) do update set changed = excluded.changed`)
    },
  }
}
