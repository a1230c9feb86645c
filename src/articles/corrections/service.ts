import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import type { SiteService } from '../../site/index.js'
import { type Cursor, cursorOf } from '../schema.js'
import { correctionsRepository } from './repository.js'
import { type CorrectedArticle, type Correction, type CorrectionForm, composed } from './schema.js'

export interface CorrectionsServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  site: SiteService
}

export type CorrectionsService = ReturnType<typeof correctionsService>

const PAGE_LENGTH = 12
const DAY = 86_400_000

/** What a paper got wrong, and says so: made, reworded and taken back by whoever may publish the article. */
export function correctionsService({ db, clock, ids, audit, site }: CorrectionsServices) {
  const repository = correctionsRepository(db)

  const articleFor = async (tx: Database, actor: Actor, id: string): Promise<CorrectedArticle> => {
    const article = await correctionsRepository(tx).article(id, actor)
    if (!article) throw new NotFound('There is no published article here that you may correct.')
    return article
  }

  const note = async (
    tx: Database,
    actor: Actor,
    article: CorrectedArticle,
    { action, correction }: { action: string; correction: Correction },
  ) => {
    await audit.record(tx, actor, {
      action,
      subject: { kind: 'article', id: article.id, label: article.title },
      details: { correction: correction.id, text: correction.text.slice(0, 500) },
    })
    await site.contentChanged(tx)
  }

  const refuseFuture = (at: string | undefined) => {
    if (at && at > clock().toISOString())
      throw new Invalid('A correction cannot be dated in the future. Leave the date out: then it is now.')
  }

  const known = async (tx: Database, articleId: string, id: string): Promise<Correction> => {
    const correction = await correctionsRepository(tx).one(articleId, id)
    if (!correction) throw new NotFound('This correction is gone. Open the article’s corrections again.')
    return correction
  }

  return {
    /**
     * Adds a correction to a published article, in the transaction given.
     * @param at when it was made, ISO 8601; now when not said
     * @returns the correction as readers see it
     * @throws NotFound when the actor may not correct this article; Invalid when it is dated in the future
     */
    async add(
      tx: Database,
      actor: Actor,
      articleId: string,
      { at, ...form }: CorrectionForm & { at?: string | undefined },
    ): Promise<Correction> {
      const now = clock().toISOString()
      refuseFuture(at)
      const article = await articleFor(tx, actor, articleId)
      const correction = { id: ids(), at: at ?? now, text: composed(form), ...form, changed: '' }
      await correctionsRepository(tx).save(articleId, correction, actor.id)
      await note(tx, actor, article, { action: 'corrected', correction })
      return correction
    },

    /** Rewords a correction, or dates it anew; the date that is not given stays. Throws as `add` does. */
    async edit(
      tx: Database,
      actor: Actor,
      articleId: string,
      { id, at, ...form }: CorrectionForm & { id: string; at?: string | undefined },
    ): Promise<void> {
      const article = await articleFor(tx, actor, articleId)
      const before = await known(tx, articleId, id)
      refuseFuture(at)
      const now = clock().toISOString()
      const correction = { id, at: at ?? before.at, text: composed(form), ...form, changed: now }
      await correctionsRepository(tx).save(articleId, correction, actor.id)
      await note(tx, actor, article, { action: 'reworded-correction', correction })
    },

    /** Takes a correction back; for a day it can be put back. */
    async remove(tx: Database, actor: Actor, articleId: string, id: string): Promise<Correction> {
      const article = await articleFor(tx, actor, articleId)
      const correction = await known(tx, articleId, id)
      const now = clock()
      await correctionsRepository(tx).remove(articleId, correction, {
        removed: now.toISOString(),
        forget: new Date(now.getTime() - DAY).toISOString(),
      })
      await note(tx, actor, article, { action: 'removed-correction', correction })
      return correction
    },

    /** Undoes a removal of the last day. @throws Conflict when that is too long ago */
    async restore(tx: Database, actor: Actor, articleId: string, id: string): Promise<void> {
      const article = await articleFor(tx, actor, articleId)
      const correction = await correctionsRepository(tx).takeBack(articleId, id)
      if (!correction) throw new Conflict('This correction is gone for good. Add it again.')
      await correctionsRepository(tx).save(articleId, correction, actor.id)
      await note(tx, actor, article, { action: 'restored-correction', correction })
    },

    /** An article and its corrections, for whoever may write them. @throws NotFound for everybody else */
    async forArticle(
      actor: Actor,
      articleId: string,
    ): Promise<{ article: CorrectedArticle; corrections: Correction[] }> {
      const article = await articleFor(db, actor, articleId)
      return { article, corrections: await repository.ofArticle(articleId) }
    },

    /** A page of the corrections of all published articles, newest first. */
    async page(before?: Cursor) {
      const found = await repository.newest(PAGE_LENGTH + 1, before)
      const corrections = found.slice(0, PAGE_LENGTH)
      const last = corrections.at(-1)
      const older =
        last && found.length > PAGE_LENGTH ? cursorOf({ published: last.at, id: last.id }) : undefined
      return { corrections, older }
    },

    /** The newest corrections of all published articles, for feeds. */
    async newest(limit: number) {
      return repository.newest(limit)
    },
  }
}
