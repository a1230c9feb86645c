import type { Database } from '../../foundation/database.js'
import type { MediaService } from '../../media/index.js'
import { manuscriptsRepository } from '../desk/manuscripts.repository.js'
import type { Manuscript } from '../desk/schema.js'
import { termsRepository } from '../terms/repository.js'
import type { ReadableField } from './compare.js'

/** A working copy in words that people read: names of sections, authors and pictures instead of their ids. */
export async function readableFields(
  { db, media }: { db: Database; media: MediaService },
  manuscript: Manuscript,
): Promise<ReadableField[]> {
  const { title, dek, slug, body, section, tags, authors, hero, quickNote, canonicalUrl } = manuscript
  const sections = await termsRepository(db).sections()
  const known = await manuscriptsRepository(db).authors(authors, 0)
  const names = authors.map(id => known.find(author => author.id === id)?.name ?? 'an author who is gone')
  const picture = hero && (await media.byIds([hero.media])).get(hero.media)
  return [
    { name: 'title', label: 'Title', text: title },
    { name: 'dek', label: 'Dek', text: dek },
    { name: 'body', label: 'Text', text: body },
    { name: 'section', label: 'Section', text: sections.find(({ id }) => id === section)?.name ?? '' },
    { name: 'tags', label: 'Tags', text: tags.join(', ') },
    { name: 'authors', label: 'Authors', text: names.join(', ') },
    { name: 'slug', label: 'Address', text: slug },
    {
      name: 'heroMedia',
      label: 'Picture',
      text: hero ? (picture?.name ?? 'a picture that is gone') : '',
    },
    { name: 'heroAlt', label: 'Picture’s description', text: hero?.alt ?? '' },
    { name: 'heroCaption', label: 'Picture’s caption', text: hero?.caption ?? '' },
    { name: 'heroCredit', label: 'Picture’s credit', text: hero?.credit ?? '' },
    { name: 'quickNote', label: 'Quick note', text: quickNote === null ? 'the site’s own' : quickNote },
    { name: 'canonicalUrl', label: 'Published first at', text: canonicalUrl ?? '' },
  ]
}
