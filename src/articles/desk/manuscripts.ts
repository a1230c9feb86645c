import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import type { ReadableField } from '../revisions/compare.js'
import { readableFields } from '../revisions/readable.js'
import type { RevisionKind, RevisionsService } from '../revisions/service.js'
import type { SearchIndex } from '../search.js'
import { termsRepository } from '../terms/repository.js'
import type { TermsService } from '../terms/service.js'
import { type Filing, filing } from './filing.js'
import { keeping } from './keeping.js'
import { type FormFields, fieldsOf, type SentManuscript, withStoredLineEnds } from './manuscript-form.js'
import { type DeskArticle, manuscriptsRepository } from './manuscripts.repository.js'
import { pictureUses } from './picture-uses.js'
import { type ArticleColumns, deskRepository } from './repository.js'
import type { Manuscript } from './schema.js'
import {
  asPrinted,
  isUnprinted,
  type OpenManuscript,
  placeholder,
  publicSlug,
  same,
  subjectOf,
  workingCopy,
} from './working-copy.js'

export type { OpenManuscript } from './working-copy.js'

export interface ManuscriptServices {
  db: Database
  clock: Clock
  ids: Ids
  site: SiteService
  media: MediaService
  search: SearchIndex
  audit: AuditService
  revisions: RevisionsService
  terms: TermsService
}

export type Saved =
  | { kind: 'saved'; version: number; slug: string; at: string; changed: boolean }
  | { kind: 'stale'; version: number; by: string; at: string; theirs: FormFields; manuscript: Manuscript }
  | { kind: 'invalid'; problems: Record<string, string> }

export type ManuscriptsService = ReturnType<typeof manuscriptsService>

/** The working copies of articles: opened, saved against the version they were made from, filed for readers. */
export function manuscriptsService(services: ManuscriptServices) {
  const { db, clock, ids, media, audit, revisions, terms } = services
  const uses = pictureUses(services)
  const history = keeping(services)
  const filed = filing(services)
  const now = () => clock().toISOString()

  const problemsOf = async (tx: Database, article: DeskArticle, { slug, section, hero }: Manuscript) => {
    const problems: Record<string, string> = {}
    if (slug && (await manuscriptsRepository(tx).isTaken(slug, article.id)))
      problems.slug = 'Another article has this address. Choose another.'
    const sections = await termsRepository(tx).sections()
    if (!sections.some(({ id }) => id === section))
      problems.section = 'This section is no longer there. Choose another.'
    if (hero && !(await media.byIds([hero.media])).has(hero.media))
      problems.heroMedia = 'This picture is no longer in the library. Choose another.'
    return problems
  }

  // In one process the queue of writes has settled it before; several processes meet here.
  const replace = async (
    tx: Database,
    articleId: string,
    version: number,
    next: { fields: Manuscript; changed: string; accountId: string | null },
  ): Promise<void> => {
    if (!(await manuscriptsRepository(tx).replace(articleId, version, next))) throw new Conflict()
  }

  const stale = async (
    tx: Database,
    actor: Actor,
    open: OpenManuscript,
    manuscript: Manuscript,
    keepRefused: boolean,
  ): Promise<Saved> => {
    const { article, by, version, changed } = open
    if (keepRefused) await history.refused(tx, actor, article.id, manuscript)
    return {
      kind: 'stale',
      version,
      by: by?.name ?? 'an import',
      at: changed,
      theirs: fieldsOf(open.manuscript, article.embargo),
      manuscript: open.manuscript,
    }
  }

  const keep = async (
    tx: Database,
    actor: Actor,
    open: OpenManuscript,
    sent: {
      manuscript: Manuscript
      embargo: string
      kind?: RevisionKind
      reason?: string
      autosave: boolean
    },
  ): Promise<Saved> => {
    const { article, version } = open
    const { manuscript, embargo, autosave, kind = 'saved', reason = '' } = sent
    const repository = manuscriptsRepository(tx)
    const at = now()
    const changedText = !same(open.manuscript, manuscript)
    if (changedText) await history.replaced(tx, actor, open)
    const substance = changedText && (!autosave || (await history.isDue(tx, actor, article.id)))
    await replace(tx, article.id, version, { fields: manuscript, changed: at, accountId: actor.id })
    await repository.note(article.id, { embargo, changed: at })
    if (isUnprinted(article)) await filed.write(tx, article, manuscript, { ...article, changed: at })
    else await uses.note(tx, 'draft', { ...manuscript, id: article.id, hero: manuscript.hero?.media ?? null })
    if (substance) await history.state(tx, actor, { articleId: article.id, kind, reason, manuscript })
    const slug = manuscript.slug || publicSlug(article)
    return { kind: 'saved', version: version + 1, slug, at, changed: true }
  }

  return {
    /** Makes an empty draft of somebody's own. @throws Invalid while the paper has no section */
    async create(actor: Actor): Promise<string> {
      return db.transaction(async tx => {
        const [section] = await termsRepository(tx).sections()
        if (!section)
          throw new Invalid('The paper has no sections yet. An editor adds the first one under Sections.')
        const repository = manuscriptsRepository(tx)
        const id = ids()
        const author = (await terms.authorOfAccount(actor.id)) ?? (await repository.authorNamed(actor.name))
        await deskRepository(tx).save(emptyRow(id, section.id, now()))
        await repository.assign(id, actor.id)
        await deskRepository(tx).replaceAuthors(id, author ? [author.id] : [], null)
        await audit.record(tx, actor, { action: 'created', subject: subjectOf(id, '') })
        return id
      })
    },

    /** @throws NotFound unless it is there and theirs to work on */
    async open(actor: Actor, articleId: string): Promise<OpenManuscript> {
      return workingCopy(db, await manuscriptsRepository(db).visible(actor, articleId))
    },

    /** The working copy of an article whoever asks; for what has let them in by other means. */
    async working(tx: Database, articleId: string): Promise<OpenManuscript> {
      return workingCopy(tx, await manuscriptsRepository(tx).article(articleId))
    },

    /** Changes the working copy, where there is one, without a form: for what is done to several articles at once. */
    async amend(
      tx: Database,
      actor: Actor,
      articleId: string,
      change: (manuscript: Manuscript) => Manuscript,
    ): Promise<void> {
      const { version, manuscript } = await this.working(tx, articleId)
      if (version === 0) return
      const amended = { fields: change(manuscript), changed: now(), accountId: actor.id }
      await replace(tx, articleId, version, amended)
      await manuscriptsRepository(tx).noteBothChanged(articleId)
    },

    /**
     * Saves a form against the version that it was made from. What is the same as what stands there counts as saved;
     * what was made from an older version is not.
     * @param keepRefused whether such a stale save is kept in the history
     * @throws NotFound unless the article is there and theirs to work on
     */
    async save(
      actor: Actor,
      articleId: string,
      sent: SentManuscript,
      keepRefused = !sent.autosave,
    ): Promise<Saved> {
      return db.transaction(async tx => {
        const open = await workingCopy(tx, await manuscriptsRepository(tx).visible(actor, articleId))
        const { article, version, changed } = open
        const manuscript = sent.exact ? sent.manuscript : withStoredLineEnds(sent.manuscript, open.manuscript)
        const { embargo, autosave } = sent
        if (same(manuscript, open.manuscript) && embargo === article.embargo) {
          const slug = manuscript.slug
          return { kind: 'saved', version, slug, at: changed, changed: false }
        }
        if (sent.version !== version) return stale(tx, actor, open, manuscript, keepRefused)
        const problems = await problemsOf(tx, article, manuscript)
        if (Object.keys(problems).length) return { kind: 'invalid', problems }
        return keep(tx, actor, open, { manuscript, embargo, autosave })
      })
    },

    /**
     * Makes a state of the article's history the working copy again; what it replaces stays in the history. Parts that
     * are gone from the site since stay as they are now.
     * @returns the number under which the history keeps what was replaced; 0 when nothing was
     * @throws NotFound unless the article is there, theirs to work on, and has that revision
     */
    async restore(actor: Actor, articleId: string, number: number): Promise<{ former: number }> {
      const kept = await revisions.revision(articleId, number)
      return db.transaction(async tx => {
        const open = await workingCopy(tx, await manuscriptsRepository(tx).visible(actor, articleId))
        const manuscript = { ...kept.manuscript }
        const problems = await problemsOf(tx, open.article, manuscript)
        if (problems.slug) manuscript.slug = open.manuscript.slug
        if (problems.section) manuscript.section = open.manuscript.section
        if (problems.heroMedia) manuscript.hero = open.manuscript.hero
        if (same(manuscript, open.manuscript)) return { former: 0 }
        const former = await history.present(tx, open)
        const { embargo } = open.article
        const reason = `as it was in revision ${number}`
        await keep(tx, actor, open, { manuscript, embargo, autosave: false, kind: 'restored', reason })
        return { former }
      })
    },

    /**
     * Makes what an import has just written into an article's row its working copy too, in the import's transaction.
     * Forms that were opened before are stale from now on, and what was replaced stays in the history.
     * @param before what was there before the import
     */
    async takeImported(tx: Database, before: OpenManuscript): Promise<void> {
      const articleId = before.article.id
      const article = await manuscriptsRepository(tx).article(articleId)
      if (!article) throw new NotFound()
      const manuscript = await asPrinted(tx, article)
      if (same(before.manuscript, manuscript)) return manuscriptsRepository(tx).noteFiled(articleId)
      await history.replaced(tx, undefined, before)
      await replace(tx, articleId, before.version, { fields: manuscript, changed: now(), accountId: null })
      await manuscriptsRepository(tx).noteFiled(articleId)
      await uses.forgetDraft(tx, articleId)
      await history.state(tx, undefined, { articleId, kind: 'imported', manuscript })
    },

    /** A working copy in words that people read. */
    async readable(manuscript: Manuscript): Promise<ReadableField[]> {
      return readableFields({ db, media }, manuscript)
    },

    /**
     * Files the working copy for the readers, in the transaction of whoever decides that: the article's row with its
     * address, terms and search words. An address that readers knew leads to the new one. What publishing needs is
     * for the caller to check.
     * @returns where the article stands now
     * @throws NotFound when there is no such article
     */
    async file(tx: Database, articleId: string, filing: Filing): Promise<{ slug: string }> {
      return filed.file(tx, await this.working(tx, articleId), filing)
    },

    /** What of a working copy no longer fits the rest of the paper, by the name of its field. */
    async problems(tx: Database, { article, manuscript }: Pick<OpenManuscript, 'article' | 'manuscript'>) {
      return problemsOf(tx, article, manuscript)
    },

    /** What the form offers to choose from. */
    async choices({ manuscript: { authors, hero } }: Pick<OpenManuscript, 'manuscript'>) {
      const repository = manuscriptsRepository(db)
      return {
        sections: await termsRepository(db).sections(),
        authors: await repository.authors(authors, 300),
        tags: await repository.tags(500),
        pictures: await media.recent(hero ? [hero.media] : [], 50),
      }
    },
  }
}

function emptyRow(id: string, sectionId: string, now: string): ArticleColumns {
  return {
    ...{ id, sectionId, slug: placeholder(id), title: '', dek: '', body: '', status: 'draft', changed: now },
    ...{ hero: null, heroAlt: '', heroCaption: '', heroCredit: '', quickNote: null },
    ...{ published: null, updated: null, updateReason: null, canonicalUrl: null, withdrawnReason: null },
  }
}
