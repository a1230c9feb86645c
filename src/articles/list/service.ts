import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import type { SiteService } from '../../site/index.js'
import type { ManuscriptsService } from '../desk/manuscripts.js'
import { manuscriptsRepository } from '../desk/manuscripts.repository.js'
import type { PresenceService } from '../desk/presence.js'
import { articlesRepository } from '../repository.js'
import type { Author } from '../schema.js'
import { slugFrom } from '../slugs.js'
import { termsRepository } from '../terms/repository.js'
import { listRepository } from './repository.js'
import {
  type ListCursor,
  type ListedArticle,
  type ListFilter,
  type ListQuery,
  type State,
  writtenCursor,
} from './schema.js'

export interface ListServices {
  db: Database
  clock: Clock
  ids: Ids
  site: SiteService
  audit: AuditService
  manuscripts: ManuscriptsService
  presence: PresenceService
}

/** How many articles a page of the list shows, and how many one click may change. */
export const PAGE_LENGTH = 50
const MOST_WORDS = 8

/** An article with what the list shows beside it. */
export type Listed = ListedArticle & { authors: Author[]; openedBy: string[] }

export interface ListPage {
  articles: Listed[]
  counts: Record<State | 'all', number>
  next: string | undefined
  previous: string | undefined
}

export type ListService = ReturnType<typeof listService>

/** The desk's list of articles, and what is done to several of them at once. */
export function listService({ db, clock, ids, site, audit, manuscripts, presence }: ListServices) {
  const repository = listRepository(db)
  const terms = termsRepository(db)

  // A name that nothing has finds nothing, instead of everything.
  const idOf = async (slug: string, find: (slug: string) => Promise<{ id: string } | undefined>) =>
    slug ? ((await find(slug))?.id ?? '') : undefined

  const filterOf = async ({ status, section, author, tag, q }: ListQuery): Promise<ListFilter> => ({
    state: status,
    sectionId: await idOf(section, terms.section),
    authorId: await idOf(author, terms.author),
    tagId: await idOf(tag && slugFrom(tag), terms.tag),
    words: wordsOf(q),
  })

  const shown = async (actor: Actor, numbers: number[]): Promise<Listed[]> => {
    const rows = new Map((await repository.rows(numbers)).map(row => [row.number, row]))
    const articles = numbers.flatMap(number => rows.get(number) ?? [])
    const articleIds = articles.map(({ id }) => id)
    const authors = await articlesRepository(db).authorsOf(articleIds)
    const openedBy = await presence.openIn(actor, articleIds)
    return articles.map(article => ({
      ...article,
      authors: authors.get(article.id) ?? [],
      openedBy: openedBy.get(article.id) ?? [],
    }))
  }

  const note = async (
    tx: Database,
    actor: Actor,
    action: string,
    touched: { id: string; title: string }[],
    details: Record<string, string>,
  ): Promise<number> => {
    for (const { id, title } of touched)
      await audit.record(tx, actor, {
        action,
        subject: { kind: 'article', id, label: title || 'Untitled' },
        details,
      })
    if (touched.length) await site.contentChanged(tx)
    return touched.length
  }

  return {
    /** One page of what the actor may see, with how much of it there is in each state. */
    async page(actor: Actor, query: ListQuery): Promise<ListPage> {
      const filter = await filterOf(query)
      const direction = query.order ?? usualDirection(query.sort)
      const backward = query.before !== undefined && query.after === undefined
      const walk = {
        order: query.sort,
        direction: backward ? opposite(direction) : direction,
        beyond: query.after ?? query.before,
        limit: PAGE_LENGTH + 1,
      }
      const found = await repository.places(actor, filter, walk)
      const more = found.length > PAGE_LENGTH
      const places = found.slice(0, PAGE_LENGTH)
      if (backward) places.reverse()
      const cut = (place: ListCursor | undefined) => place && writtenCursor(place)
      return {
        articles: await shown(
          actor,
          places.map(({ number }) => number),
        ),
        counts: inAll(await repository.counts(actor, filter)),
        next: more || backward ? cut(places.at(-1)) : undefined,
        previous: (backward ? more : query.after !== undefined) ? cut(places[0]) : undefined,
      }
    },

    /** What the list can be narrowed to. */
    async choices() {
      const desk = manuscriptsRepository(db)
      return {
        sections: await terms.sections(),
        authors: await desk.authors([], 300),
        tags: await desk.tags(500),
      }
    },

    /** Puts articles into a section, working copies included. @returns how many, or undefined without that section */
    async setSection(actor: Actor, articleIds: string[], slug: string): Promise<number | undefined> {
      const section = await terms.section(slug)
      if (!section) return undefined
      return db.transaction(async tx => {
        const now = clock().toISOString()
        const touched = await listRepository(tx).setSection(actor, articleIds, section.id, now)
        for (const { id } of touched)
          await manuscripts.amend(tx, actor, id, manuscript => ({ ...manuscript, section: section.id }))
        return note(tx, actor, 'moved', touched, { section: section.name })
      })
    },

    /** Adds a tag to articles, working copies included. @returns how many did not have it, or undefined without a name */
    async addTag(actor: Actor, articleIds: string[], name: string): Promise<number | undefined> {
      const slug = slugFrom(name)
      if (!slug) return undefined
      return db.transaction(async tx => {
        const tag = (await termsRepository(tx).tag(slug)) ?? { id: ids(), slug, name }
        await termsRepository(tx).saveTag(tag)
        const touched = await listRepository(tx).addTag(actor, articleIds, tag.id)
        for (const { id } of touched)
          await manuscripts.amend(tx, actor, id, manuscript => ({
            ...manuscript,
            tags: manuscript.tags.some(known => slugFrom(known) === slug)
              ? manuscript.tags
              : [...manuscript.tags, tag.name],
          }))
        return note(tx, actor, 'tagged', touched, { tag: tag.name })
      })
    },
  }
}

/** Titles are read from A on; dates from the latest back. */
export function usualDirection(order: ListQuery['sort']): 'asc' | 'desc' {
  return order === 'title' ? 'asc' : 'desc'
}

const opposite = (direction: 'asc' | 'desc') => (direction === 'asc' ? 'desc' : 'asc')

function wordsOf(text: string): string[] {
  return (text.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).slice(0, MOST_WORDS)
}

function inAll(found: { state: State; count: number }[]): ListPage['counts'] {
  const counts = { all: 0, draft: 0, waiting: 0, scheduled: 0, published: 0, withdrawn: 0, trash: 0 }
  for (const { state, count } of found) {
    counts[state] = count
    if (state !== 'trash') counts.all += count
  }
  return counts
}
