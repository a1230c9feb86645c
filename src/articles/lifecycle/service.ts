import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import type { CorrectionForm } from '../corrections/schema.js'
import type { CorrectionsService } from '../corrections/service.js'
import type { ManuscriptsService, OpenManuscript } from '../desk/manuscripts.js'
import { manuscriptsRepository } from '../desk/manuscripts.repository.js'
import { pictureUses } from '../desk/picture-uses.js'
import type { ArticleRow } from '../schema.js'
import type { SearchIndex } from '../search.js'
import type { ByMail } from './by-mail.js'
import { type Doubt, doubts, lacks } from './readiness.js'
import { lifecycleRepository, type Moved } from './repository.js'

export interface LifecycleServices {
  db: Database
  clock: Clock
  media: MediaService
  site: SiteService
  audit: AuditService
  search: SearchIndex
  corrections: CorrectionsService
  manuscripts: ManuscriptsService
  byMail: ByMail
}

/** What came of an attempt to publish. */
export type Outcome =
  | { kind: 'done'; slug: string; title: string }
  | { kind: 'unready'; problems: Record<string, string> }
  | { kind: 'doubtful'; doubts: Doubt[] }
  | { kind: 'late' }

/** How a published article is changed: quietly, with a reason for readers, or with a correction. */
export type Update =
  | { kind: 'minor' }
  | { kind: 'substantive'; reason: string }
  | ({ kind: 'correction' } & CorrectionForm)

export type LifecycleService = ReturnType<typeof lifecycleService>

/** An article's way: handed in, planned, published, updated, withdrawn, thrown away, brought back. */
export function lifecycleService(services: LifecycleServices) {
  const { db, clock, site, audit, search, corrections, manuscripts, byMail } = services
  const uses = pictureUses(services)
  const now = () => clock().toISOString()

  const note = async (
    tx: Database,
    actor: Actor | undefined,
    action: string,
    { id, title }: { id: string; title: string },
    details: Record<string, string> = {},
  ) => {
    const subject = { kind: 'article', id, label: title || 'Untitled' }
    await audit.record(tx, actor, { action, subject, details })
  }

  const own = async (tx: Database, actor: Actor, id: string): Promise<OpenManuscript> => {
    const article = await manuscriptsRepository(tx).visible(actor, id)
    if (!article) throw new NotFound('There is no such article, or it is not yours to work on.')
    if (article.trashed) throw new Conflict('This article lies in the trash. Take it out first.')
    return manuscripts.working(tx, id)
  }

  /** What keeps an article back; nothing when it may go out. */
  const kept = async (
    tx: Database,
    open: OpenManuscript,
    confirmed: boolean,
  ): Promise<Outcome | undefined> => {
    const { article, manuscript } = open
    const problems = { ...lacks(manuscript), ...(await manuscripts.problems(tx, open)) }
    if (Object.keys(problems).length) return { kind: 'unready', problems }
    const unseen = confirmed ? [] : doubts(article, manuscript)
    return unseen.length ? { kind: 'doubtful', doubts: unseen } : undefined
  }

  const moved = ([one]: Moved[], why: string): Moved => {
    if (!one) throw new Conflict(why)
    return one
  }

  // Lists and search follow at once: a reader never finds what was just taken away.
  const unlist = async (tx: Database, id: string): Promise<void> => {
    await lifecycleRepository(tx).list(id, false)
    await search.remove(tx, id)
    await site.contentChanged(tx)
  }

  const relist = async (tx: Database, id: string): Promise<void> => {
    await lifecycleRepository(tx).list(id, true)
    const row = (await manuscriptsRepository(tx).article(id)) as ArticleRow
    const { markdown } = await site.site()
    const { title, dek, body } = row
    await search.put(tx, { articleId: id, title, dek, body: markdown.read(body).text })
    await site.contentChanged(tx)
  }

  return {
    /** What stands between an article and its readers. @throws NotFound unless it is theirs; Conflict in the trash */
    async readiness(actor: Actor, id: string) {
      const open = await own(db, actor, id)
      const problems = { ...lacks(open.manuscript), ...(await manuscripts.problems(db, open)) }
      return { open, problems, doubts: doubts(open.article, open.manuscript) }
    },

    /**
     * Publishes an article now; what was withdrawn comes back under its first date.
     * @param options.confirmed whether its doubts were seen
     * @param options.mail whether readers who want each article get it by mail; as it was noted before when not said
     */
    async publish(
      actor: Actor,
      id: string,
      { confirmed, mail }: { confirmed: boolean; mail?: boolean },
    ): Promise<Outcome> {
      const outcome = await db.transaction<Outcome>(async tx => {
        const open = await own(tx, actor, id)
        const { status, published } = open.article
        if (status === 'published') throw new Conflict('This article is published already.')
        const stop = await kept(tx, open, confirmed)
        if (stop) return stop
        const at = status === 'withdrawn' && published ? published : now()
        const filing = { status: 'published', published: at, by: actor, kind: 'published' } as const
        const { slug } = await manuscripts.file(tx, id, filing)
        await lifecycleRepository(tx).settle(id)
        const { title } = open.manuscript
        await note(tx, actor, 'published', { id, title }, { slug, published: at })
        if (mail !== undefined) await byMail.wish(tx, id, mail)
        await byMail.published(tx, id)
        return { kind: 'done', slug, title }
      })
      byMail.wake()
      return outcome
    },

    /** Plans an article's publication for an instant to come; one that has passed, by a slip of the year say, would put it out at once. */
    async schedule(
      actor: Actor,
      id: string,
      { at, confirmed, mail }: { at: string; confirmed: boolean; mail: boolean },
    ): Promise<Outcome> {
      return db.transaction(async tx => {
        const open = await own(tx, actor, id)
        if (at <= now()) return { kind: 'late' }
        const stop = await kept(tx, open, confirmed)
        if (stop) return stop
        const planned = await lifecycleRepository(tx).schedule(actor, id, at)
        const { title } = moved(planned, 'It was published before; only drafts can be scheduled.')
        await byMail.wish(tx, id, mail)
        await note(tx, actor, 'scheduled', { id, title }, { published: at })
        return { kind: 'done', slug: open.manuscript.slug, title }
      })
    },

    /** Makes a scheduled article a draft again. */
    async unschedule(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        await own(tx, actor, id)
        const drafts = await lifecycleRepository(tx).unschedule(actor, id)
        await note(tx, actor, 'unscheduled', moved(drafts, 'This article is not scheduled any more.'))
      })
    },

    /** Hands a draft in for review. */
    async submit(actor: Actor, id: string): Promise<Outcome> {
      return db.transaction(async tx => {
        const open = await own(tx, actor, id)
        const problems = lacks(open.manuscript)
        if (Object.keys(problems).length) return { kind: 'unready', problems }
        const submitted = await lifecycleRepository(tx).submit(actor, id, now())
        const { title } = moved(submitted, 'Only drafts can be submitted for review.')
        await note(tx, actor, 'submitted', { id, title })
        return { kind: 'done', slug: '', title }
      })
    },

    /** Takes a draft back from review, or sends it back. */
    async takeBack(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        await own(tx, actor, id)
        const drafts = await lifecycleRepository(tx).submit(actor, id, null)
        await note(tx, actor, 'took-back', moved(drafts, 'This article does not wait for review any more.'))
      })
    },

    /** Puts the working copy of a published article before the readers. @throws Conflict when it is not published */
    async update(actor: Actor, id: string, update: Update): Promise<Outcome> {
      return db.transaction(async tx => {
        const open = await own(tx, actor, id)
        if (open.article.status !== 'published')
          throw new Conflict('This article is not published any more. Open it again.')
        const stop = await kept(tx, open, true)
        if (stop) return stop
        const reason = update.kind === 'substantive' ? update.reason : ''
        const filing = { status: 'published', by: actor, kind: 'updated', reason } as const
        const told = update.kind === 'substantive' ? { updated: now(), updateReason: reason } : {}
        const { slug } = await manuscripts.file(tx, id, { ...filing, ...told })
        if (update.kind === 'correction')
          await corrections.add(tx, actor, id, { wrong: update.wrong, right: update.right })
        const { title } = open.manuscript
        await note(tx, actor, 'updated', { id, title }, { update: update.kind, reason })
        return { kind: 'done', slug, title }
      })
    },

    /** Takes a published article back; its address answers 410 with the reason from now on. */
    async withdraw(actor: Actor, id: string, reason: string): Promise<void> {
      await db.transaction(async tx => {
        await own(tx, actor, id)
        const gone = await lifecycleRepository(tx).withdraw(actor, id, { reason, changed: now() })
        const article = moved(gone, 'This article is not published any more. Open it again.')
        await unlist(tx, id)
        await note(tx, actor, 'withdrew', article, { reason })
      })
    },

    /** Puts articles into the trash, as far as they are the actor's. @returns the ids of those that went */
    async trash(actor: Actor, articleIds: string[]): Promise<string[]> {
      return db.transaction(async tx => {
        const gone = await lifecycleRepository(tx).trash(actor, articleIds, now())
        for (const article of gone) {
          if (article.status === 'published') await unlist(tx, article.id)
          else if (article.status === 'withdrawn') await site.contentChanged(tx)
          await note(tx, actor, 'trashed', article, { was: article.status })
        }
        return gone.map(({ id }) => id)
      })
    },

    /** Takes articles out of the trash as they were. @returns the ids of those that came back */
    async restore(actor: Actor, articleIds: string[]): Promise<string[]> {
      return db.transaction(async tx => {
        const back = await lifecycleRepository(tx).restore(actor, articleIds, now())
        for (const article of back) {
          if (article.status === 'published') await relist(tx, article.id)
          else if (article.status === 'withdrawn') await site.contentChanged(tx)
          await note(tx, actor, 'restored', article, { as: article.status })
        }
        return back.map(({ id }) => id)
      })
    },

    /** Deletes what lies in the trash for good. @returns how many articles that were */
    async emptyTrash(actor: Actor): Promise<number> {
      return db.transaction(async tx => {
        const gone = await lifecycleRepository(tx).emptyTrash(actor)
        for (const article of gone) {
          await uses.forget(tx, article.id)
          await note(tx, actor, 'deleted', article)
        }
        if (gone.length) await site.contentChanged(tx)
        return gone.length
      })
    },
  }
}
