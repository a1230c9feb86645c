import type { Database } from '../foundation/database.js'
import { Gone, NotFound } from '../foundation/errors.js'
import type { Report } from '../foundation/markdown/blocks.js'
import type { MediaPicture, MediaService } from '../media/index.js'
import type { SiteService } from '../site/index.js'
import { correctionsRepository } from './corrections/repository.js'
import type { Correction } from './corrections/schema.js'
import { arrangementIn } from './front-page/service.js'
import { articlesRepository, grouped } from './repository.js'
import {
  type ArticleRow,
  type Author,
  type Cursor,
  cursorOf,
  type Listing,
  type Neighbour,
  type Section,
  type Story,
  type Tag,
} from './schema.js'
import type { Hit } from './search.js'
import type { Searcher } from './searching/searcher.js'
import { slugFrom } from './slugs.js'
import { termsRepository } from './terms/repository.js'

const PAGE_LENGTH = 12
const FEED_LENGTH = 30
const SECTION_LENGTH = 4

export interface ReadingServices {
  db: Database
  media: MediaService
  site: SiteService
  searcher: Searcher
}

/** A story with what a list shows beside it. */
export type ListedStory = Story & { picture: MediaPicture | undefined; authors: Author[] }

/** An article with everything that its page, its feeds and its mail show. */
export interface Article extends ArticleRow {
  published: string
  picture: MediaPicture | undefined
  authors: Author[]
  tags: Tag[]
  corrections: Correction[]
  html: string
  text: string
  words: number
  /** minutes that reading takes, at least one */
  minutes: number
  /** the other outlets' reports that it rests on */
  reports: Report[]
}

/** What stands around an article. */
export interface Around {
  related: ListedStory[]
  older: Neighbour | undefined
  newer: Neighbour | undefined
}

export interface ListingPage {
  stories: ListedStory[]
  /** cursors of the neighbouring pages, where there are any */
  older: string | undefined
  newer: string | undefined
}

export interface SearchPage {
  hits: (Hit & ListedStory)[]
  matches: number
  /** more match than were weighed */
  bounded: boolean
  more: boolean
}

export type ReadingService = ReturnType<typeof readingService>

/** What readers see of articles. */
export function readingService({ db, media, site, searcher }: ReadingServices) {
  const repository = articlesRepository(db)
  const terms = termsRepository(db)

  const listed = async <S extends Story>(stories: S[]): Promise<(S & ListedStory)[]> => {
    const authors = await repository.authorsOf(stories.map(story => story.id))
    const pictures = await media.byIds(stories.flatMap(story => story.hero ?? []))
    return stories.map(story => ({
      picture: pictures.get(story.hero ?? ''),
      authors: authors.get(story.id) ?? [],
      ...story,
    }))
  }

  const complete = async (rows: ArticleRow[], within = db): Promise<Article[]> => {
    const ids = rows.map(row => row.id)
    const repository = articlesRepository(within)
    const [authors, tags, corrections, heroes] = await Promise.all([
      repository.authorsOf(ids),
      repository.tagsOf(ids),
      correctionsRepository(within).ofArticles(ids),
      media.byIds(rows.flatMap(row => row.hero ?? [])),
    ])
    const correctionsOf = grouped(corrections)
    return Promise.all(
      rows.map(row =>
        composed(row, {
          picture: heroes.get(row.hero ?? ''),
          authors: authors.get(row.id) ?? [],
          tags: tags.get(row.id) ?? [],
          corrections: correctionsOf.get(row.id) ?? [],
        }),
      ),
    )
  }

  const composed = async (
    row: ArticleRow,
    beside: Pick<Article, 'picture' | 'authors' | 'tags' | 'corrections'>,
  ): Promise<Article> => {
    const { markdown } = await site.site()
    const manuscript = markdown.read(row.body)
    const { text, words, minutes, reports, images } = manuscript
    const html = markdown.html(manuscript, images.length ? await media.byNames(images) : undefined)
    const published = row.published ?? row.changed
    return Object.assign({ html, text, words, minutes, reports }, row, beside, { published })
  }

  const months = async (): Promise<string[]> => {
    const { dates } = await site.site()
    // Clocks of the site may show another month than UTC at either end, never in between.
    const edges = (await repository.months()).flatMap(({ first, last }) => [first, last])
    return [...new Set(edges.map(dates.monthOf))].sort().reverse()
  }

  return {
    /**
     * The article at an address.
     * @returns the article, or the slug under which it stands now
     * @throws NotFound for a slug that no published article has; Gone when it was withdrawn
     */
    async article(slug: string): Promise<Article | { movedTo: string }> {
      const row = await repository.bySlug(slug)
      if (!row) {
        const movedTo = await repository.currentSlug(slug)
        if (movedTo) return { movedTo }
        throw new NotFound()
      }
      if (row.status === 'withdrawn') throw new Gone(row.withdrawnReason ?? undefined)
      if (row.status !== 'published') throw new NotFound()
      return (await complete([row]))[0] as Article
    },

    /**
     * An article as its page would show it if a row that is not printed were: for previews.
     * @param filed ids of its authors and names of its tags, in their order
     */
    async draft(row: ArticleRow, filed: { authors: string[]; tags: string[] }): Promise<Article> {
      const section = (await terms.sections()).find(({ id }) => id === row.sectionId)
      const corrections = await correctionsRepository(db).ofArticles([row.id])
      const tags: Tag[] = []
      for (const name of filed.tags) {
        const slug = slugFrom(name)
        tags.push((await terms.tag(slug)) ?? { id: '', slug, name })
      }
      const named = section ? { section: section.slug, sectionName: section.name } : {}
      return composed(
        { ...row, ...named },
        {
          picture: row.hero ? (await media.byIds([row.hero])).get(row.hero) : undefined,
          authors: await repository.authorsByIds(filed.authors),
          tags,
          corrections,
        },
      )
    },

    /** What stands around an article: stories on the same subjects and the next ones in time. */
    async around(article: Article): Promise<Around> {
      const neighbours = await repository.neighbours(article)
      let related = await repository.related(article, article.tags, 3)
      if (related.length === 0) {
        const sameSection = await repository.stories({ kind: 'section', id: article.sectionId }, 4)
        related = sameSection.filter(story => story.id !== article.id).slice(0, 3)
      }
      const beside = (wanted: Neighbour['side']) => neighbours.find(({ side }) => side === wanted)
      return { related: await listed(related), older: beside('older'), newer: beside('newer') }
    },

    /** The front page: what editors put at the top, filled up by date, then each section's latest. */
    async frontPage() {
      const { top, newest, sections: order } = await arrangementIn(db)
      const shown = new Set(top.map(({ story }) => story.id))
      const sections: { section: Section; stories: ListedStory[] }[] = []
      for (const section of order.filter(section => section.shown)) {
        const stories = await repository.stories(
          { kind: 'section', id: section.id },
          SECTION_LENGTH + top.length,
        )
        const rest = stories.filter(story => !shown.has(story.id)).slice(0, SECTION_LENGTH)
        if (rest.length) sections.push({ section, stories: await listed(rest) })
      }
      const [lead, ...seconds] = await listed(top.map(({ story }) => story))
      return { lead, seconds, sections, newest }
    },

    /** One page of a listing beside a cursor; the first page without one. */
    async page(listing: Listing, at: { before?: Cursor; after?: Cursor } = {}): Promise<ListingPage> {
      const direction = at.after ? 'newer' : 'older'
      const found = await repository.stories(listing, PAGE_LENGTH + 1, at.after ?? at.before, direction)
      const more = found.length > PAGE_LENGTH
      const stories = found.slice(0, PAGE_LENGTH)
      if (direction === 'newer') stories.reverse()
      const first = stories[0]
      const last = stories.at(-1)
      return {
        stories: await listed(stories),
        older: last && (more || at.after) ? cursorOf(last) : undefined,
        newer: first && (at.before || (at.after && more)) ? cursorOf(first) : undefined,
      }
    },

    /** The newest articles of a listing in full, for feeds. */
    async newest(listing: Listing, limit = FEED_LENGTH): Promise<Article[]> {
      return complete(await repository.newest(listing, limit))
    },

    /**
     * Those of these articles that are published, in the order asked for.
     * @param within a transaction, where what it has just published is wanted as well
     */
    async published(ids: string[], within: Database = db): Promise<Article[]> {
      const rows = await articlesRepository(within).published(ids)
      const found = new Map((await complete(rows, within)).map(article => [article.id, article]))
      return ids.flatMap(id => found.get(id) ?? [])
    },

    async search(query: string, page: number): Promise<SearchPage> {
      const offset = (page - 1) * PAGE_LENGTH
      const { hits, matches, bounded } = await searcher.ask({ query, limit: PAGE_LENGTH, offset })
      return { hits: await listed(hits), matches, bounded, more: matches > offset + PAGE_LENGTH }
    },

    /** The months `2020-12` in which anything was published, newest first, in the site's time zone. */
    months,

    /** @throws NotFound when there is no section of that slug; the same holds for tags and authors */
    async section(slug: string): Promise<Section> {
      return found(await terms.section(slug))
    },
    async tag(slug: string): Promise<Tag> {
      return found(await terms.tag(slug))
    },
    async author(slug: string): Promise<Author & { portrait: MediaPicture | undefined }> {
      const author = found(await terms.author(slug))
      const pictures = await media.byIds(author.picture ? [author.picture] : [])
      return { ...author, portrait: pictures.get(author.picture ?? '') }
    },
    sections: terms.sections,
    /** The same in UTC, oldest first, with how many articles each holds. */
    monthsHeld: repository.months,
    addresses: repository.addresses,
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new NotFound()
  return value
}
