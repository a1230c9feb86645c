import type { Database } from '../../foundation/database.js'
import { NotFound } from '../../foundation/errors.js'
import type { ArticleRow } from '../schema.js'
import { type DeskArticle, manuscriptsRepository } from './manuscripts.repository.js'
import { deskRepository } from './repository.js'
import { type Manuscript, written } from './schema.js'

/** An article as somebody at the desk works on it. */
export interface OpenManuscript {
  article: DeskArticle
  manuscript: Manuscript
  /** counts saves; 0 before the first at this desk */
  version: number
  changed: string
  /** who saved last; undefined before anybody did */
  by: { id: string; name: string } | undefined
}

/** The working copy of an article that was found. @throws NotFound when none was */
export async function workingCopy(db: Database, article: DeskArticle | undefined): Promise<OpenManuscript> {
  if (!article) throw new NotFound('There is no such article, or it is not yours to work on.')
  const stored = await manuscriptsRepository(db).manuscript(article.id)
  const manuscript = stored?.fields ?? (await asPrinted(db, article))
  return {
    article,
    manuscript: { ...manuscript, slug: manuscript.slug || publicSlug(article) },
    version: stored?.version ?? 0,
    changed: stored?.changed ?? article.changed,
    by: stored?.accountId ? { id: stored.accountId, name: stored.accountName ?? '' } : undefined,
  }
}

/** An article's own row as a working copy: what there is to work on before its first save at the desk. */
export async function asPrinted(db: Database, article: DeskArticle): Promise<Manuscript> {
  const { authors, tags } = await deskRepository(db).filedUnder(article.id)
  const { hero, heroAlt, heroCaption, heroCredit, title, dek, body, sectionId, quickNote, canonicalUrl } =
    article
  return {
    ...{ title, dek, body, section: sectionId, quickNote, canonicalUrl },
    slug: publicSlug(article),
    tags,
    authors,
    hero: hero ? { media: hero, alt: heroAlt, caption: heroCaption, credit: heroCredit } : null,
  }
}

/** The address of an article that nobody has given one yet. */
export const placeholder = (articleId: string) => `draft-${articleId}`

/** The address that somebody gave an article, or its publishing did; empty before that. */
export const publicSlug = ({ id, slug }: Pick<ArticleRow, 'id' | 'slug'>) =>
  slug === placeholder(id) ? '' : slug

/** Readers have never seen it, so its row may follow each save. */
export const isUnprinted = ({ status, trashed }: DeskArticle) =>
  trashed === null && (status === 'draft' || status === 'scheduled')

/** An article as the audit trail names it. */
export const subjectOf = (id: string, title: string) => ({ kind: 'article', id, label: title || 'Untitled' })

/** Whether two working copies say the same in every field, byte for byte. */
export function same(a: Manuscript, b: Manuscript): boolean {
  return written(a) === written(b)
}

/** Whether nobody has written anything yet. */
export const isEmpty = ({ title, dek, body }: Manuscript) => !title && !dek && !body
