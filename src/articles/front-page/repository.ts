import { z } from 'zod'
import { type Database, raw, sql } from '../../foundation/database.js'
import { FrontSection, PlacedStory, type Placement } from './schema.js'

const storyColumns = raw(`a.id, a.slug, a.title, a.dek, a.hero, a.hero_alt as heroAlt, s.slug as section,
  s.name as sectionName, a.published, a.updated`)

const PlacedStories = z.array(PlacedStory)
const FrontSections = z.array(FrontSection)

/** What editors put on the front page, and in which order its sections follow. */
export function frontPageRepository(db: Database) {
  return {
    /** The chosen stories that are published now, in the order of their places. */
    async placed(): Promise<PlacedStory[]> {
      return PlacedStories.parse(
        await db.all(sql`
          select ${storyColumns}, f.place, f.pinned, f.chosen
          from front_page as f join articles as a on a.id = f.article_id join sections as s on s.id = a.section_id
          where a.status = 'published' order by f.place limit 20`),
      )
    },

    async replacePlacements(placements: Placement[]): Promise<void> {
      await db.run(sql`delete from front_page`)
      for (const { place, id, pinned, chosen } of placements) {
        await db.run(sql`
          insert into front_page (place, article_id, pinned, chosen)
          select ${place}, id, ${pinned ? 1 : 0}, ${chosen} from articles where id = ${id}`)
      }
    },

    /** All sections in the order of the front page, also those that it does not show; a site has few. */
    async sections(): Promise<FrontSection[]> {
      return FrontSections.parse(
        await db.all(sql`
          select id, slug, name, description, on_front_page as shown from sections order by position, id limit 200`),
      )
    },

    async placeSection(id: string, position: number, shown: boolean): Promise<void> {
      await db.run(
        sql`update sections set position = ${position}, on_front_page = ${shown ? 1 : 0} where id = ${id}`,
      )
    },
  }
}
