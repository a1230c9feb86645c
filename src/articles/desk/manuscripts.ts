import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import type { ArticleRow } from '../schema.js'
import type { SearchIndex } from '../search.js'
import { slugFrom } from '../slugs.js'
import { termsRepository } from '../terms/repository.js'
import type { TermsService } from '../terms/service.js'
import type { ReadableField } from './compare.js'
import { type FormFields, fieldsOf, type SentManuscript, withStoredLineEnds } from './manuscript-form.js'
import { type DeskArticle, manuscriptsRepository } from './manuscripts.repository.js'
import { pictureUses } from './picture-uses.js'
import { type ArticleColumns, deskRepository } from './repository.js'
import type { RevisionKind, RevisionsService } from './revisions.js'
import { type Manuscript, written } from './schema.js'

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

export type Saved =
  | { kind: 'saved'; version: number; slug: string; at: string; changed: boolean }
  | { kind: 'stale'; version: number; by: string; at: string; theirs: FormFields; manuscript: Manuscript }
  | { kind: 'invalid'; problems: Record<string, string> }

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

export type ManuscriptsService = ReturnType<typeof manuscriptsService>

/** Between revisions that nobody asked for. */
const AUTOSAVED_EVERY = 5 * 60_000

/** The working copies of articles: opened, saved against the version they were made from, filed for readers. */
export function manuscriptsService(services: ManuscriptServices) {
  const { db, clock, ids, site, media, search, audit, revisions, terms } = services
  const uses = pictureUses(services)
  const now = () => clock().toISOString()

  const opened = async (tx: Database, article: DeskArticle | undefined): Promise<OpenManuscript> => {
    if (!article) throw new NotFound('There is no such article, or it is not yours to work on.')
    const stored = await manuscriptsRepository(tx).manuscript(article.id)
    const manuscript = stored?.fields ?? (await asPrinted(tx, article))
    return {
      article,
      manuscript: { ...manuscript, slug: manuscript.slug || publicSlug(article) },
      version: stored?.version ?? 0,
      changed: stored?.changed ?? article.changed,
      by: stored?.accountId ? { id: stored.accountId, name: stored.accountName ?? '' } : undefined,
    }
  }

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

  // What stands there already stays in the history before somebody else, or the first save at this desk, replaces it.
  const keepWhatIsReplaced = async (
    tx: Database,
    actor: Actor | undefined,
    open: OpenManuscript,
  ): Promise<void> => {
    const { article, manuscript, changed, by } = open
    const ownWork = by !== undefined && by.id === actor?.id
    if (ownWork || isEmpty(manuscript) || (await revisions.holds(tx, article.id, manuscript))) return
    const kind = by ? 'saved' : 'original'
    await revisions.add(tx, { articleId: article.id, by, kind, manuscript, at: changed })
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

  const isOfSubstance = async (tx: Database, actor: Actor, open: OpenManuscript): Promise<boolean> => {
    const last = await revisions.latest(tx, open.article.id)
    if (!last || last.accountId !== actor.id) return true
    return clock().getTime() - Date.parse(last.at) > AUTOSAVED_EVERY
  }

  const stale = async (
    tx: Database,
    actor: Actor,
    open: OpenManuscript,
    { manuscript, autosave }: SentManuscript,
  ): Promise<Saved> => {
    const { article, by, version, changed } = open
    if (!autosave) await keepConflict(tx, actor, article.id, manuscript)
    return {
      kind: 'stale',
      version,
      by: by?.name ?? 'an import',
      at: changed,
      theirs: fieldsOf(open.manuscript, article.embargo),
      manuscript: open.manuscript,
    }
  }

  const keepConflict = async (tx: Database, actor: Actor, articleId: string, manuscript: Manuscript) => {
    if (await revisions.holds(tx, articleId, manuscript)) return
    const { number } = await revisions.add(tx, { articleId, by: actor, kind: 'conflict', manuscript })
    const subject = subjectOf(articleId, manuscript.title)
    await audit.record(tx, actor, { action: 'kept-conflict', subject, details: { revision: number } })
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
    if (changedText) await keepWhatIsReplaced(tx, actor, open)
    const substance = changedText && (!autosave || (await isOfSubstance(tx, actor, open)))
    await replace(tx, article.id, version, { fields: manuscript, changed: at, accountId: actor.id })
    await repository.note(article.id, { embargo, changed: at })
    if (isUnprinted(article)) await writeRow(tx, article, manuscript, { ...article, changed: at })
    else await uses.note(tx, 'draft', { ...manuscript, id: article.id, hero: manuscript.hero?.media ?? null })
    if (substance) {
      const kept = await revisions.add(tx, { articleId: article.id, by: actor, kind, reason, manuscript })
      await audit.record(tx, actor, {
        action: kind,
        subject: subjectOf(article.id, manuscript.title),
        details: { revision: kept.number, mark: kept.mark },
      })
    }
    const slug = manuscript.slug || publicSlug(article)
    return { kind: 'saved', version: version + 1, slug, at, changed: true }
  }

  /** Writes a working copy into the article's own row and files it under its tags and authors. */
  const writeRow = async (
    tx: Database,
    article: DeskArticle,
    manuscript: Manuscript,
    state: Pick<
      ArticleColumns,
      'status' | 'published' | 'updated' | 'updateReason' | 'withdrawnReason' | 'changed'
    >,
    slug = manuscript.slug || placeholder(article.id),
  ): Promise<ArticleColumns> => {
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
    return row
  }

  // The title's slug, or that with the first number that is free.
  const freeSlug = async (tx: Database, { id }: DeskArticle, title: string): Promise<string> => {
    const base = slugFrom(title) || 'article'
    const candidates = [base, ...Array.from({ length: 50 }, (_, index) => `${base}-${index + 2}`)]
    const taken = new Set(await manuscriptsRepository(tx).everTaken(candidates, id))
    return candidates.find(candidate => !taken.has(candidate)) ?? `${base}-${id}`
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
      return opened(db, await manuscriptsRepository(db).visible(actor, articleId))
    },

    /** The working copy of an article whoever asks; for what has let them in by other means. */
    async working(tx: Database, articleId: string): Promise<OpenManuscript> {
      return opened(tx, await manuscriptsRepository(tx).article(articleId))
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
      await manuscriptsRepository(tx).replace(articleId, version, amended)
    },

    /**
     * Saves a form against the version that it was made from. What is the same as what stands there counts as saved;
     * what was made from an older version is not, and an explicit save of it is kept in the history.
     * @throws NotFound unless the article is there and theirs to work on
     */
    async save(actor: Actor, articleId: string, sent: SentManuscript): Promise<Saved> {
      return db.transaction(async tx => {
        const open = await opened(tx, await manuscriptsRepository(tx).visible(actor, articleId))
        const { article, version, changed } = open
        const manuscript = sent.exact ? sent.manuscript : withStoredLineEnds(sent.manuscript, open.manuscript)
        const { embargo, autosave } = sent
        if (same(manuscript, open.manuscript) && embargo === article.embargo) {
          const slug = manuscript.slug
          return { kind: 'saved', version, slug, at: changed, changed: false }
        }
        if (sent.version !== version) return stale(tx, actor, open, { ...sent, manuscript })
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
        const open = await opened(tx, await manuscriptsRepository(tx).visible(actor, articleId))
        const manuscript = { ...kept.manuscript }
        const problems = await problemsOf(tx, open.article, manuscript)
        if (problems.slug) manuscript.slug = open.manuscript.slug
        if (problems.section) manuscript.section = open.manuscript.section
        if (problems.heroMedia) manuscript.hero = open.manuscript.hero
        if (same(manuscript, open.manuscript)) return { former: 0 }
        const last = await revisions.latest(tx, articleId)
        if (!last || !same(last.manuscript, open.manuscript))
          await revisions.add(tx, {
            ...{ articleId, by: open.by, kind: 'saved', manuscript: open.manuscript, at: open.changed },
          })
        const former = (await revisions.latest(tx, articleId))?.number ?? 0
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
      if (same(before.manuscript, manuscript)) return
      await keepWhatIsReplaced(tx, undefined, before)
      await replace(tx, articleId, before.version, { fields: manuscript, changed: now(), accountId: null })
      await uses.forgetDraft(tx, articleId)
      const { number, mark } = await revisions.add(tx, {
        ...{ articleId, by: undefined, kind: 'imported', manuscript },
      })
      const subject = subjectOf(articleId, manuscript.title)
      await audit.record(tx, undefined, { action: 'imported', subject, details: { revision: number, mark } })
    },

    /** A working copy in words that people read: names of sections, authors and pictures instead of their ids. */
    async readable(manuscript: Manuscript): Promise<ReadableField[]> {
      const { title, dek, slug, body, section, tags, authors, hero, quickNote, canonicalUrl } = manuscript
      const sections = await termsRepository(db).sections()
      const known = await manuscriptsRepository(db).authors(authors, 0)
      const names = authors.map(id => known.find(author => author.id === id)?.name ?? 'an author who is gone')
      const picture = hero && (await media.byIds([hero.media])).get(hero.media)
      return [
        { name: 'title', label: 'Title', text: title },
        { name: 'dek', label: 'Dek', text: dek },
        { name: 'body', label: 'Text', text: body },
        { name: 'section', label: 'Section', text: sections.find(({ id }) => id === section)?.name ?? '' },
        { name: 'tags', label: 'Tags', text: tags.join(', ') },
        { name: 'authors', label: 'Authors', text: names.join(', ') },
        { name: 'slug', label: 'Address', text: slug },
        {
          name: 'heroMedia',
          label: 'Picture',
          text: hero ? (picture?.name ?? 'a picture that is gone') : '',
        },
        { name: 'heroAlt', label: 'Picture’s description', text: hero?.alt ?? '' },
        { name: 'heroCaption', label: 'Picture’s caption', text: hero?.caption ?? '' },
        { name: 'heroCredit', label: 'Picture’s credit', text: hero?.credit ?? '' },
        { name: 'quickNote', label: 'Quick note', text: quickNote === null ? 'the site’s own' : quickNote },
        { name: 'canonicalUrl', label: 'Published first at', text: canonicalUrl ?? '' },
      ]
    },

    /**
     * Files the working copy for the readers, in the transaction of whoever decides that: the article's row with its
     * address, terms and search words. An address that readers knew leads to the new one. What publishing needs is
     * for the caller to check.
     * @returns where the article stands now
     * @throws NotFound when there is no such article
     */
    async file(tx: Database, articleId: string, filing: Filing): Promise<{ slug: string }> {
      const { article, manuscript } = await this.working(tx, articleId)
      const { status, by, kind, reason } = filing
      const at = now()
      const slug = manuscript.slug || (await freeSlug(tx, article, manuscript.title))
      const published = filing.published ?? article.published ?? (status === 'published' ? at : null)
      const state = {
        ...{ status, published, changed: at },
        updated: filing.updated ?? article.updated,
        updateReason: filing.updateReason === undefined ? article.updateReason : filing.updateReason,
        withdrawnReason:
          filing.withdrawnReason === undefined ? article.withdrawnReason : filing.withdrawnReason,
      }
      const row = await writeRow(tx, article, manuscript, state, slug)
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

  // Before its first save at the desk the article's own row is what there is to work on.
  async function asPrinted(tx: Database, article: DeskArticle): Promise<Manuscript> {
    const { authors, tags } = await deskRepository(tx).filedUnder(article.id)
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
}

/** The address of an article that nobody has given one yet. */
const placeholder = (articleId: string) => `draft-${articleId}`

const publicSlug = ({ id, slug }: Pick<ArticleRow, 'id' | 'slug'>) => (slug === placeholder(id) ? '' : slug)

// Readers have never seen it, so its row may follow each save.
const isUnprinted = ({ status, trashed }: DeskArticle) =>
  trashed === null && (status === 'draft' || status === 'scheduled')

const subjectOf = (id: string, title: string) => ({ kind: 'article', id, label: title || 'Untitled' })

/** Whether two working copies say the same in every field, byte for byte. */
export function same(a: Manuscript, b: Manuscript): boolean {
  return written(a) === written(b)
}

const isEmpty = ({ title, dek, body }: Manuscript) => !title && !dek && !body

function emptyRow(id: string, sectionId: string, now: string): ArticleColumns {
  return {
    ...{ id, sectionId, slug: placeholder(id), title: '', dek: '', body: '', status: 'draft', changed: now },
    ...{ hero: null, heroAlt: '', heroCaption: '', heroCredit: '', quickNote: null },
    ...{ published: null, updated: null, updateReason: null, canonicalUrl: null, withdrawnReason: null },
  }
}
