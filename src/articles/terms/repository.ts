import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { Author, Section, Tag } from '../schema.js'

const Sections = z.array(Section)
const MaybeSection = Section.optional()
const MaybeTag = Tag.optional()
const MaybeAuthor = Author.optional()

/** What articles are filed under: sections, tags and the people who write. */
export function termsRepository(db: Database) {
  return {
    async section(slug: string): Promise<Section | undefined> {
      return MaybeSection.parse(
        await db.get(sql`select id, slug, name, description from sections where slug = ${slug}`),
      )
    },

    /** All sections in the editors' order; a site has few. */
    async sections(): Promise<Section[]> {
      return Sections.parse(
        await db.all(sql`select id, slug, name, description from sections order by position limit 200`),
      )
    },

    async tag(slug: string): Promise<Tag | undefined> {
      return MaybeTag.parse(await db.get(sql`select id, slug, name from tags where slug = ${slug}`))
    },

    async author(slug: string): Promise<Author | undefined> {
      return MaybeAuthor.parse(
        await db.get(sql`
          select id, slug, name, bio, picture, picture_alt as pictureAlt, links from authors where slug = ${slug}`),
      )
    },

    async saveSection(section: Section, position: number): Promise<void> {
      await db.run(sql`
        insert into sections (id, slug, name, description, position)
        values (${section.id}, ${section.slug}, ${section.name}, ${section.description}, ${position})
        on conflict (slug) do update set name = excluded.name, description = excluded.description,
          position = excluded.position`)
    },

    async saveTag(tag: Tag): Promise<void> {
      await db.run(sql`
        insert into tags (id, slug, name) values (${tag.id}, ${tag.slug}, ${tag.name})
        on conflict (slug) do update set name = excluded.name`)
    },

    async saveAuthor(author: Author): Promise<void> {
      await db.run(sql`
        insert into authors (id, slug, name, bio, picture, picture_alt, links)
        values (${author.id}, ${author.slug}, ${author.name}, ${author.bio}, ${author.picture}, ${author.pictureAlt},
          ${JSON.stringify(author.links)})
        on conflict (slug) do update set name = excluded.name, bio = excluded.bio, picture = excluded.picture,
          picture_alt = excluded.picture_alt, links = excluded.links`)
    },
  }
}
