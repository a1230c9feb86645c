import type { Database } from '../foundation/database.js'
import { articlesRepository } from './repository.js'
import { termsDeskRepository } from './terms/desk.repository.js'
import type { TermKind } from './terms/schema.js'

const kinds: Record<string, TermKind> = { sections: 'section', tags: 'tag', authors: 'author' }

/**
 * Where an article, section, tag or author stands now, by an address that it had before. What stands below the
 * address, its feeds say, moves along.
 * @param path without a query, decoded
 * @returns a path, encoded; undefined when nothing of ours had that address
 */
export async function formerAddress(db: Database, path: string): Promise<string | undefined> {
  const [, folder = '', slug = '', below = ''] =
    /^\/(articles|sections|tags|authors)\/([^/]+)((?:\/[\w.-]+)?)$/.exec(path) ?? []
  if (!slug) return undefined
  const kind = kinds[folder]
  const current = kind
    ? (await termsDeskRepository(db).current(kind, slug))?.slug
    : await articlesRepository(db).currentSlug(slug)
  return current && `/${folder}/${encodeURIComponent(current)}${below}`
}
