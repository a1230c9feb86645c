import type { Database } from '../foundation/database.js'
import type { Picture } from '../foundation/markdown/figures.js'

/** A picture of the library, as far as the site needs to know it. */
interface SitePicture extends Picture {
  id: string
  name: string
}

/** The picture library. It is handed in, since the library itself stands on the site. */
export interface Pictures {
  byIds(ids: string[]): Promise<Map<string, SitePicture>>
  byNames(names: string[]): Promise<Map<string, SitePicture>>
  /** the last ones that came, after those that are chosen already */
  recent(chosen: string[], limit: number): Promise<Pick<SitePicture, 'id' | 'name'>[]>
  /** Notes in the transaction of a change which pictures something shows, so that they are not deleted. */
  noteUses(
    tx: Database,
    subject: { kind: string; id: string; label: string; address: string },
    pictures: string[],
  ): Promise<void>
}
