import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import type { RevisionKind, RevisionsService } from '../revisions/service.js'
import type { ArticleRow } from '../schema.js'
import type { SearchIndex } from '../search.js'
import { slugFrom } from '../slugs.js'
import { termsRepository } from '../terms/repository.js'
import type { TermsService } from '../terms/service.js'
import { type DeskArticle, manuscriptsRepository } from './manuscripts.repository.js'
import { pictureUses } from './picture-uses.js'
import { type ArticleColumns, deskRepository } from './repository.js'
import type { Manuscript } from './schema.js'
import { type OpenManuscript, placeholder } from './working-copy.js'

export interface FilingServices {
  clock: Clock
  site: SiteService
  media: MediaService
  search: SearchIndex
  terms: TermsService
  revisions: RevisionsService
}

/** How a working copy goes to the readers. */
export interface Filing {
  status: ArticleRow['status']
  /** when it was, or is to be, published; as it was unless said */
  published?: string
  /** the public "updated" date; as it was unless said */
  updated?: string
  updateReason?: string | null
  withdrawnReason?: string | null
  /** who does it; nobody when the clock does */
  by?: Actor | undefined
  /** what the history calls it; no new revision when not said */
  kind?: RevisionKind
  reason?: string
}

/** What of an article's row is not the text. */
type State = Pick<
  ArticleColumns,
  'status' | 'published' | 'updated' | 'updateReason' | 'withdrawnReason' | 'changed'
>

/** How working copies come into the rows that readers' pages are made of. */
export function filing({ clock, site, media, search, terms, revisions }: FilingServices) {
  const uses = pictureUses({ media, site })

  return {
    write,

    /** Files a working copy for the readers; `manuscripts.file` says how. */
    async file(
      tx: Database,
      { article, manuscript }: OpenManuscript,
      filing: Filing,
    ): Promise<{ slug: string }> {
      const { status, by, kind, reason } = filing
      const articleId = article.id
      const at = clock().toISOString()
      const slug = manuscript.slug || (await freeSlug(tx, article, manuscript.title))
      const published = filing.published ?? article.published ?? (status === 'published' ? at : null)
      const state = {
        ...{ status, published, changed: at },
        updated: filing.updated ?? article.updated,
        updateReason: filing.updateReason === undefined ? article.updateReason : filing.updateReason,
        withdrawnReason:
          filing.withdrawnReason === undefined ? article.withdrawnReason : filing.withdrawnReason,
      }
      const row = await write(tx, article, manuscript, state, slug)
      await uses.forgetDraft(tx, articleId)
      if (article.slug !== slug && article.slug !== placeholder(articleId))
        await deskRepository(tx).keepFormerSlug(article.slug, articleId)
      const { markdown } = await site.site()
      const { title, dek, body } = row
      if (status === 'published')
        await search.put(tx, { articleId, title, dek, body: markdown.read(body).text })
      else await search.remove(tx, articleId)
      if (kind)
        await revisions.add(tx, {
          articleId,
          by,
          kind,
          manuscript,
          ...(reason === undefined ? {} : { reason }),
        })
      await site.contentChanged(tx)
      return { slug }
    },
  }

  /** Writes a working copy into the article's own row and files it under its tags and authors. */
  async function write(
    tx: Database,
    article: DeskArticle,
    manuscript: Manuscript,
    state: State,
    slug = manuscript.slug || placeholder(article.id),
  ): Promise<ArticleColumns> {
    const desk = deskRepository(tx)
    const sections = await termsRepository(tx).sections()
    const { status, published, updated, updateReason, withdrawnReason, changed } = state
    const hero = manuscript.hero && (await media.byIds([manuscript.hero.media])).get(manuscript.hero.media)
    const row: ArticleColumns = {
      ...{ id: article.id, status, published, updated, updateReason, withdrawnReason, changed, slug },
      title: manuscript.title,
      dek: manuscript.dek,
      body: manuscript.body,
      sectionId: sections.find(({ id }) => id === manuscript.section)?.id ?? article.sectionId,
      hero: hero?.id ?? null,
      heroAlt: manuscript.hero?.alt ?? '',
      heroCaption: manuscript.hero?.caption ?? '',
      heroCredit: manuscript.hero?.credit ?? '',
      quickNote: manuscript.quickNote,
      canonicalUrl: manuscript.canonicalUrl,
    }
    const listedAt = status === 'published' ? published : null
    await desk.save(row)
    const tags = await terms.tagsNamed(tx, manuscript.tags)
    await desk.replaceTags(
      row.id,
      tags.map(({ id }) => id),
      listedAt,
    )
    const authors = await terms.authorsMeant(tx, manuscript.authors)
    await desk.replaceAuthors(row.id, authors, listedAt)
    await uses.note(tx, 'article', row)
    await manuscriptsRepository(tx).noteFiled(row.id)
    return row
  }
}

// The title's slug, or that with the first number that is free.
async function freeSlug(tx: Database, { id }: DeskArticle, title: string): Promise<string> {
  const base = slugFrom(title) || 'article'
  const candidates = [base, ...Array.from({ length: 50 }, (_, index) => `${base}-${index + 2}`)]
  const taken = new Set(await manuscriptsRepository(tx).everTaken(candidates, id))
  return candidates.find(candidate => !taken.has(candidate)) ?? `${base}-${id}`
}
