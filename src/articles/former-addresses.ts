import type { Database } from '../foundation/database.js'
import { folders, formerAddressesRepository, type MovedKind } from './former-addresses.repository.js'
import { articlesRepository } from './repository.js'
import { termsDeskRepository } from './terms/desk.repository.js'

const kinds: Record<string, MovedKind> = {
  articles: 'article',
  authors: 'author',
  sections: 'section',
  tags: 'tag',
}

export interface MovedAddress {
  kind: MovedKind
  from: string
  to: string
}

export type FormerAddresses = ReturnType<typeof formerAddresses>

/** Where articles, sections, tags and authors stood before. Paths are decoded and without a query. */
export function formerAddresses(db: Database) {
  const repository = formerAddressesRepository(db)
  return {
    /**
     * Where what stood at a path stands now. What stands below it, its feeds say, moves along.
     * @returns a path, encoded; undefined when nothing of ours had that address
     */
    async formerAddress(path: string): Promise<string | undefined> {
      const { kind, folder, slug, below } = parts(path)
      if (!kind) return undefined
      const current =
        kind === 'article'
          ? await articlesRepository(db).currentSlug(slug)
          : (await termsDeskRepository(db).current(kind, slug))?.slug
      return current && `/${folder}/${encodeURIComponent(current)}${below}`
    },

    /** Whether readers find something of ours at a path now. */
    async stands(path: string): Promise<boolean> {
      const { kind, slug } = parts(path)
      return kind !== undefined && repository.stands(kind, slug)
    },

    /** All former addresses in their order, after one of them. */
    async formerAddresses({
      after,
      query,
      limit,
    }: {
      after: string
      query: string
      limit: number
    }): Promise<MovedAddress[]> {
      const found: MovedAddress[] = []
      for (const [kind, folder] of Object.entries(folders) as [MovedKind, string][]) {
        if (after > folder && !after.startsWith(folder)) continue
        const wanted = { after: after.slice(folder.length), query, limit }
        for (const { former, current } of await repository.list(kind, wanted))
          found.push({ kind, from: folder + former, to: folder + current })
      }
      return found.slice(0, limit)
    },
  }
}

function parts(path: string) {
  const [, folder = '', slug = '', below = ''] =
    /^\/(articles|sections|tags|authors)\/([^/]+)((?:\/[\w.-]+)?)$/.exec(path) ?? []
  return { kind: kinds[folder], folder, slug, below }
}
