import type { Database } from '../../foundation/database.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'

/** What of an article, or of its working copy, shows pictures. */
interface Illustrated {
  id: string
  title: string
  body: string
  /** id of the picture above it */
  hero: string | null
}

/** Notes in the library which pictures articles show, so that none is deleted that readers or writers need. */
export function pictureUses({ media, site }: { media: MediaService; site: SiteService }) {
  const subject = (kind: 'article' | 'draft', { id, title }: Pick<Illustrated, 'id' | 'title'>) => ({
    ...{ kind, id, label: title, address: `/admin/articles/${id}` },
  })
  return {
    /** @param kind `article` for what is printed or to be, `draft` for a working copy that differs from it */
    async note(
      tx: Database,
      kind: 'article' | 'draft',
      { hero, body, ...article }: Illustrated,
    ): Promise<void> {
      const { markdown } = await site.site()
      await this.notePictures(tx, kind, article, [...(hero ? [hero] : []), ...markdown.read(body).images])
    },

    /** The same of a text that was read already. @param pictures by id or by the names that texts use */
    async notePictures(
      tx: Database,
      kind: 'article' | 'draft',
      article: Pick<Illustrated, 'id' | 'title'>,
      pictures: string[],
    ): Promise<void> {
      await media.noteUses(tx, subject(kind, article), pictures)
    },

    /** The working copy is what is printed now. */
    async forgetDraft(tx: Database, id: string): Promise<void> {
      await media.noteUses(tx, subject('draft', { id, title: '' }), [])
    },

    /** The article is deleted for good, its working copy with it. */
    async forget(tx: Database, id: string): Promise<void> {
      for (const kind of ['article', 'draft'] as const)
        await media.noteUses(tx, subject(kind, { id, title: '' }), [])
    },
  }
}
