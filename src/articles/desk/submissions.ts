import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { Invalid } from '../../foundation/errors.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import { correctionsRepository } from '../corrections/repository.js'
import type { ArticleFile } from '../front-matter.js'
import { frontPageRepository } from '../front-page/repository.js'
import type { SearchDocument, SearchIndex } from '../search.js'
import { termsRepository } from '../terms/repository.js'
import type { ManuscriptsService } from './manuscripts.js'
import { allTogether, type NewArticles, oneByOne } from './new-articles.js'
import { pictureUses } from './picture-uses.js'
import { type ArticleColumns, deskRepository } from './repository.js'

export interface DeskServices {
  db: Database
  clock: Clock
  ids: Ids
  media: MediaService
  site: SiteService
  search: SearchIndex
  manuscripts: ManuscriptsService
}

/** An article as a newsroom hands it in: names of sections, tags and authors, and the id of its picture. */
export type Submission = Omit<ArticleFile, 'image'> & {
  hero?: { media: string; alt: string; caption: string; credit: string } | undefined
}

/** The ids of what articles are filed under, by slug. */
interface Filing {
  /** undefined when there is none */
  section(slug: string): Promise<string | undefined>
  tag(slug: string): Promise<string>
  author(slug: string): Promise<string>
}

interface Filed {
  articleId: string
  isNew: boolean
}

export type DeskService = ReturnType<typeof deskService>

/** How articles come in and change. */
export function deskService({ db, clock, ids, media, site, search, manuscripts }: DeskServices) {
  const uses = pictureUses({ media, site })
  const file = async (
    tx: Database,
    submission: Submission,
    { filing, added }: { filing: Filing; added: NewArticles },
  ): Promise<Filed> => {
    const desk = deskRepository(tx)
    const sectionId = await filing.section(submission.section)
    if (!sectionId)
      throw new Invalid(`There is no section ${submission.section}. Add it first, or choose another.`)
    const known = await desk.known([submission.slug, ...submission.formerSlugs])
    if (known) await added.settle()
    const before = known && (await manuscripts.working(tx, known.id))
    const row = columns(submission, {
      id: known?.id ?? ids(),
      sectionId,
      changed: clock().toISOString(),
    })
    const listedAt = row.status === 'published' ? row.published : null
    const tags = await eachOnce(submission.tags, filing.tag)
    const authors = await eachOnce(submission.authors, filing.author)
    if (known) {
      await desk.save(row)
      await desk.replaceTags(row.id, tags, listedAt)
      await desk.replaceAuthors(row.id, authors, listedAt)
    } else await added.add({ row, tags, authors, listedAt })
    // Of thousands that are new, hardly one was corrected before it came.
    if (known || submission.corrections.length > 0)
      await correctionsRepository(tx).replace(
        row.id,
        submission.corrections.map(({ at, text, wrong = '', right = '' }) => ({
          id: ids(),
          at,
          text,
          wrong,
          right,
          changed: '',
        })),
      )
    for (const slug of [...submission.formerSlugs, known?.slug ?? row.slug]) {
      if (slug !== row.slug) await desk.keepFormerSlug(slug, row.id)
    }
    if (before) await manuscripts.takeImported(tx, before)
    return { articleId: row.id, isNew: !known }
  }

  /** Finds or makes what articles of one transaction are filed under, each only once. */
  const openFiling = (tx: Database): Filing => {
    const terms = termsRepository(tx)
    return {
      section: onceForEach(async slug => (await terms.section(slug))?.id),
      tag: onceForEach(async slug => {
        const tag = await terms.tag(slug)
        if (tag) return tag.id
        const id = ids()
        await terms.saveTag({ id, slug, name: slug.replace(/-/g, ' ') })
        return id
      }),
      author: onceForEach(async slug => {
        const author = await terms.author(slug)
        if (author) return author.id
        const id = ids()
        await terms.saveAuthor({
          ...{ id, slug, name: nameFrom(slug), bio: '', picture: null, pictureAlt: '', links: [] },
        })
        return id
      }),
    }
  }

  const takeAll = async (tx: Database, submissions: Submission[], added: NewArticles): Promise<void> => {
    const { markdown } = await site.site()
    // By article: a later submission for the same one counts.
    const published = new Map<string, SearchDocument>()
    const filing = openFiling(tx)
    for (const submission of submissions) {
      const { articleId, isNew } = await file(tx, submission, { filing, added })
      const { title, dek, body, hero, status } = submission
      const { text, images } = markdown.skim(body)
      const pictures = hero ? [hero.media, ...images] : images
      // Nothing was noted of one that is new.
      if (pictures.length > 0 || !isNew)
        await uses.notePictures(tx, 'article', { id: articleId, title }, pictures)
      if (status === 'published') published.set(articleId, { articleId, title, dek, body: text })
      else {
        published.delete(articleId)
        if (!isNew) await search.remove(tx, articleId)
      }
    }
    await added.settle()
    await search.putAll(tx, [...published.values()])
    await site.contentChanged(tx)
  }

  return {
    /**
     * Takes an article in, or changes the one that has its slug, with everything that hangs on it, in one
     * transaction. A former slug in the submission finds the article as well and leads to the new one from now on.
     * @throws Invalid when its section does not exist
     */
    async submit(submission: Submission): Promise<void> {
      await db.transaction(tx => takeAll(tx, [submission], oneByOne(tx)))
    },

    /**
     * Takes many articles in as `submit` does, in one transaction, which is many times as fast. Where one of them cannot be
     * taken, each has a transaction of its own.
     * @returns those that were not taken, by their place, and why
     */
    async submitAll(submissions: Submission[]): Promise<Map<number, Error>> {
      const problems = new Map<number, Error>()
      try {
        await db.transaction(tx => takeAll(tx, submissions, allTogether(tx, submissions.length)))
      } catch {
        for (const [place, submission] of submissions.entries())
          await this.submit(submission).catch((error: Error) => void problems.set(place, error))
      }
      return problems
    },

    /** Names the sections in the order in which the paper shows them. */
    async saveSections(sections: { slug: string; name: string; description: string }[]): Promise<void> {
      await db.transaction(async tx => {
        for (const [position, section] of sections.entries()) {
          await termsRepository(tx).saveSection({ ...section, id: ids() }, position)
        }
        await site.contentChanged(tx)
      })
    },

    async saveTags(tags: { slug: string; name: string }[]): Promise<void> {
      await db.transaction(async tx => {
        for (const tag of tags) await termsRepository(tx).saveTag({ ...tag, id: ids() })
        await site.contentChanged(tx)
      })
    },

    async saveAuthor(
      author: Omit<Parameters<ReturnType<typeof termsRepository>['saveAuthor']>[0], 'id'>,
    ): Promise<void> {
      await db.transaction(async tx => {
        await termsRepository(tx).saveAuthor({ ...author, id: ids() })
        const { id = '' } = (await termsRepository(tx).author(author.slug)) ?? {}
        const subject = { kind: 'author', id, label: author.name, address: `/admin/authors/${id}` }
        await media.noteUses(tx, subject, author.picture ? [author.picture] : [])
        await site.contentChanged(tx)
      })
    },

    /** Puts articles at the top of the front page, the lead first, until newer ones come; slugs that nobody has are passed over. */
    async saveFrontPage(slugs: string[]): Promise<void> {
      await db.transaction(async tx => {
        const known = await eachOnce(slugs, async slug => (await deskRepository(tx).known([slug]))?.id)
        const placements = known.filter(id => id !== undefined)
        const chosen = clock().toISOString()
        await frontPageRepository(tx).replacePlacements(
          placements.map((id, place) => ({ id, place, pinned: false, chosen })),
        )
        await site.contentChanged(tx)
      })
    },
  }
}

function columns(
  submission: Submission,
  own: { id: string; sectionId: string; changed: string },
): ArticleColumns {
  const { hero, quickNote } = submission
  // Each field by its name: V8 makes an object that a spread begins anew for every article, field by field.
  return {
    id: own.id,
    slug: submission.slug,
    title: submission.title,
    dek: submission.dek,
    body: submission.body,
    status: submission.status,
    sectionId: own.sectionId,
    hero: hero?.media ?? null,
    heroAlt: hero?.alt ?? '',
    heroCaption: hero?.caption ?? '',
    heroCredit: hero?.credit ?? '',
    quickNote: quickNote === true ? null : quickNote === false ? '' : quickNote,
    published: submission.published ?? (submission.status === 'published' ? own.changed : null),
    updated: submission.updated ?? null,
    updateReason: submission.updateReason ?? null,
    canonicalUrl: submission.canonicalUrl ?? null,
    withdrawnReason: submission.withdrawnReason ?? null,
    changed: own.changed,
  }
}

function nameFrom(slug: string): string {
  return slug.replace(/(^|-)(\p{L})/gu, (_, hyphen, letter) => (hyphen ? ' ' : '') + letter.toUpperCase())
}

function onceForEach<T>(find: (slug: string) => Promise<T>): (slug: string) => Promise<T> {
  const found = new Map<string, Promise<T>>()
  return slug => {
    const known = found.get(slug) ?? find(slug)
    found.set(slug, known)
    return known
  }
}

async function eachOnce<T>(slugs: string[], find: (slug: string) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (const slug of new Set(slugs)) found.push(await find(slug))
  return found
}
