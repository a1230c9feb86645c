import type { Database } from '../../foundation/database.js'
import { waitingForList } from '../list/waiting.sqlite.js'
import { type ArticleColumns, deskRepository } from './repository.js'

/** A new article, and the ids of what it is filed under. */
interface NewArticle {
  row: ArticleColumns
  tags: string[]
  authors: string[]
  /** the date under which readers' lists have it, if they have it */
  listedAt: string | null
}

/** How new articles are written. */
export interface NewArticles {
  add(article: NewArticle): Promise<void>
  /** To be called before anything of the same transaction asks or changes how an article is filed or listed, and at its end. */
  settle(): Promise<void>
}

/** Writes each article with all that hangs on it. */
export function oneByOne(tx: Database): NewArticles {
  const desk = deskRepository(tx)
  return {
    async add({ row, tags, authors, listedAt }) {
      await desk.save(row)
      await desk.fileUnderTags(row.id, tags, listedAt)
      await desk.fileUnderAuthors(row.id, authors, listedAt)
    },
    settle: async () => undefined,
  }
}

/**
 * Writes the articles' own rows at once, and what hangs on them all together: one index after the other, whose pages then lie close at
 * hand, instead of some twenty for each article.
 * @param count how many articles there may be
 */
export function allTogether(tx: Database, count: number): NewArticles {
  const desk = deskRepository(tx)
  const list = waitingForList(tx)
  let waiting: (Omit<NewArticle, 'row'> & { id: string })[] = []
  return {
    async add({ row, ...filed }) {
      if (waiting.length === 0) await list.begin(count)
      await desk.save(row)
      waiting.push({ id: row.id, ...filed })
    },
    async settle() {
      if (waiting.length === 0) return
      for (const { id, tags, listedAt } of waiting) await desk.fileUnderTags(id, tags, listedAt)
      for (const { id, authors, listedAt } of waiting) await desk.fileUnderAuthors(id, authors, listedAt)
      await list.end()
      waiting = []
    },
  }
}
