import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import { slugFrom } from '../slugs.js'
import { type DeskAuthor, termsDeskRepository, type Wanted } from './desk.repository.js'
import type { ListedTerm, Named, Profile, TermKind } from './schema.js'

export interface TermsServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  media: MediaService
  site: SiteService
}

export type TermsService = ReturnType<typeof termsService>

/** A value of a form that cannot be used because of what is there already. */
export class Refused extends Invalid {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

type Repository = ReturnType<typeof termsDeskRepository>
type Term = { id: string; slug: string; name: string }

const PAGE_LENGTH = 50
const BATCH = 200
const DAY = 86_400_000

const WorkingCopy = z.looseObject({ tags: z.array(z.string()), authors: z.array(z.string()) })

/** How sections, tags and authors are added, renamed, merged and deleted. */
export function termsService({ db, clock, ids, audit, media, site }: TermsServices) {
  const repository = termsDeskRepository(db)

  const existing = async (tx: Database, kind: TermKind, id: string): Promise<Term> => {
    const term = await termsDeskRepository(tx).byId(kind, id)
    if (!term) throw new NotFound(`This ${kind} is gone: somebody deleted or merged it.`)
    return term
  }

  // What an author's page shows cannot be deleted from the library.
  const notePortrait = async (tx: Database, id: string): Promise<void> => {
    const author = await termsDeskRepository(tx).author(id)
    const subject = { kind: 'author', id, label: author?.name ?? '', address: `/admin/authors/${id}` }
    await media.noteUses(tx, subject, author?.picture ? [author.picture] : [])
  }

  const change = <T>(
    actor: Actor,
    kind: TermKind,
    work: (tx: Database, repository: Repository) => Promise<{ deed: Deed; result: T }>,
  ): Promise<T> =>
    db.transaction(async tx => {
      const { deed, result } = await work(tx, termsDeskRepository(tx))
      const { action, term, details } = deed
      const subject = { kind, id: term.id, label: term.name }
      await audit.record(tx, actor, { action, subject, ...(details && { details }) })
      await site.contentChanged(tx)
      return result
    })

  /** The address that a term is to have, free for it. */
  const settledSlug = async (
    repository: Repository,
    kind: TermKind,
    { name, slug, id }: Named & { id?: string },
  ): Promise<string> => {
    const wanted = slug || slugFrom(name)
    if (!wanted) throw new Refused('slug', 'Nothing of this name can stand in an address. Enter one here.')
    const taken = await repository.bySlug(kind, wanted)
    if (taken && taken.id !== id)
      throw new Refused(
        slug ? 'slug' : 'name',
        `“${taken.name}” has the address ${wanted} already. ${kind === 'section' ? 'Choose another name or address.' : 'Choose another, or merge the two.'}`,
      )
    if (kind === 'tag') await refuseTwinName(repository, { name, ...(id && { id }) })
    return wanted
  }

  const refuseTwinName = async (repository: Repository, { name, id }: { name: string; id?: string }) => {
    const twin = await repository.tagByName(name)
    if (twin && twin.id !== id)
      throw new Refused(
        'name',
        `There is a tag of this name already, at ${twin.slug}. Merge the two instead.`,
      )
  }

  const moveAddress = async (repository: Repository, kind: TermKind, term: Term, slug: string) => {
    await repository.dropFormer(kind, slug)
    if (slug !== term.slug) await repository.keepFormer(kind, { slug: term.slug, termId: term.id })
  }

  /** Puts one name or id in another's place in all working copies, at the earlier place where both stand. */
  const rewriteWorkingCopies = async (
    repository: Repository,
    field: 'tags' | 'authors',
    from: string,
    to: string,
  ) => {
    for (let after = ''; ; ) {
      const found = await repository.workingCopiesWith(from, after, BATCH)
      for (const { id, fields } of found) {
        const copy = WorkingCopy.safeParse(JSON.parse(fields))
        if (!copy.success || !copy.data[field].includes(from)) continue
        const renamed = new Set(copy.data[field].map(value => (value === from ? to : value)))
        await repository.saveWorkingCopy(id, JSON.stringify({ ...copy.data, [field]: [...renamed] }))
      }
      const last = found.at(-1)
      if (!last || found.length < BATCH) return
      after = last.id
      // Readers are served between two batches.
      await setImmediate()
    }
  }

  return {
    /** A page of terms with the number of their articles. @returns the address after which the next page begins */
    async list(kind: TermKind, wanted: Wanted): Promise<{ terms: ListedTerm[]; next: string | undefined }> {
      const limit = kind === 'section' ? 200 : PAGE_LENGTH
      const found = await repository.list(kind, { ...wanted, limit: limit + 1 })
      const terms = found.slice(0, limit)
      return { terms, next: found.length > limit ? terms.at(-1)?.slug : undefined }
    },

    /** @throws NotFound when it is gone; the same holds for all that follow */
    async section(id: string) {
      const section = await repository.section(id)
      if (!section) throw new NotFound('This section is gone: somebody deleted it.')
      return section
    },

    async tag(id: string) {
      return existing(db, 'tag', id)
    },

    async author(id: string): Promise<DeskAuthor> {
      const author = await repository.author(id)
      if (!author) throw new NotFound('This author is gone: somebody deleted or merged the profile.')
      return author
    },

    async authorOfAccount(accountId: string): Promise<DeskAuthor | undefined> {
      return repository.authorOfAccount(accountId)
    },

    accounts: repository.accounts,

    async isUsed(kind: TermKind, id: string): Promise<boolean> {
      return repository.isUsed(kind, id)
    },

    /** @throws Refused when the name or address is taken */
    async addSection(actor: Actor, form: Named & { description: string }): Promise<Term> {
      return change(actor, 'section', async (_tx, repository) => {
        const slug = await settledSlug(repository, 'section', form)
        const section = { id: ids(), ...form, slug }
        await repository.dropFormer('section', slug)
        await repository.addSection(section)
        return { result: section, deed: { action: 'added', term: section } }
      })
    },

    /** Saves a section. @returns whether its address moved */
    async saveSection(actor: Actor, id: string, form: Named & { description: string }): Promise<boolean> {
      return change(actor, 'section', async (tx, repository) => {
        const term = await existing(tx, 'section', id)
        const slug = await settledSlug(repository, 'section', { ...form, id })
        await repository.saveSection({ ...form, id, slug })
        await moveAddress(repository, 'section', term, slug)
        return { result: slug !== term.slug, deed: renamed(term, { name: form.name, slug }) }
      })
    },

    async addTag(actor: Actor, form: Named): Promise<Term> {
      return change(actor, 'tag', async (_tx, repository) => {
        const tag = { id: ids(), name: form.name, slug: await settledSlug(repository, 'tag', form) }
        await repository.dropFormer('tag', tag.slug)
        await repository.addTag(tag)
        return { result: tag, deed: { action: 'added', term: tag } }
      })
    },

    /** Renames a tag; working copies, which hold names, follow. @returns whether its address moved */
    async saveTag(actor: Actor, id: string, form: Named): Promise<boolean> {
      return change(actor, 'tag', async (tx, repository) => {
        const term = await existing(tx, 'tag', id)
        const tag = { id, name: form.name, slug: await settledSlug(repository, 'tag', { ...form, id }) }
        await repository.saveTag(tag)
        await moveAddress(repository, 'tag', term, tag.slug)
        if (tag.name !== term.name) await rewriteWorkingCopies(repository, 'tags', term.name, tag.name)
        return { result: tag.slug !== term.slug, deed: renamed(term, tag) }
      })
    },

    async addAuthor(actor: Actor, form: Profile & Named): Promise<Term> {
      return change(actor, 'author', async (tx, repository) => {
        const author = { ...form, id: ids(), slug: await settledSlug(repository, 'author', form) }
        await repository.dropFormer('author', author.slug)
        if (author.accountId) await repository.freeAccount(author.accountId, author.id)
        await repository.addAuthor(author)
        await notePortrait(tx, author.id)
        return { result: author, deed: { action: 'added', term: author } }
      })
    },

    /**
     * Saves a profile. An account belongs to one profile: it leaves the one that it belonged to before.
     * @returns whether its address moved
     */
    async saveAuthor(actor: Actor, id: string, form: Profile & Named): Promise<boolean> {
      return change(actor, 'author', async (tx, repository) => {
        const term = await existing(tx, 'author', id)
        const slug = await settledSlug(repository, 'author', { ...form, id })
        if (form.accountId) await repository.freeAccount(form.accountId, id)
        await repository.saveAuthor({ ...form, id, slug })
        await notePortrait(tx, id)
        await moveAddress(repository, 'author', term, slug)
        return { result: slug !== term.slug, deed: renamed(term, { name: form.name, slug }) }
      })
    },

    /**
     * The term that is meant by a name or an address, for merging.
     * @throws Refused naming the field `into` when there is none
     */
    async meant(kind: 'tag' | 'author', typed: string): Promise<Term> {
      const slug = typed.trim().replace(/^.*\//, '')
      const found =
        (kind === 'tag' && (await repository.tagByName(typed.trim()))) ||
        (await repository.bySlug(kind, slug)) ||
        (await repository.bySlug(kind, slugFrom(typed)))
      if (!found)
        throw new Refused(
          'into',
          `There is no ${kind} “${typed.trim()}”. Enter its name or its address as the list shows it.`,
        )
      return found
    },

    /** Files everything of one under another, which keeps its name; the first one's address leads there from now on. */
    async merge(actor: Actor, kind: 'tag' | 'author', fromId: string, intoId: string): Promise<void> {
      await change(actor, kind, async (tx, repository) => {
        const from = await existing(tx, kind, fromId)
        const into = await existing(tx, kind, intoId)
        if (from.id === into.id) throw new Refused('into', 'Choose another one than itself.')
        await repository.refile(kind, from.id, into.id)
        if (kind === 'tag') await rewriteWorkingCopies(repository, 'tags', from.name, into.name)
        else await rewriteWorkingCopies(repository, 'authors', from.id, into.id)
        if (kind === 'author') await inheritAccount(repository, from.id, into.id)
        await repository.passFormerOn(kind, from.id, into.id)
        await repository.remove(kind, from.id)
        if (kind === 'author') await notePortrait(tx, from.id)
        await repository.keepFormer(kind, { slug: from.slug, formerId: from.id, termId: into.id })
        const details = { into: into.id, intoLabel: into.name, slug: from.slug }
        return { result: undefined, deed: { action: 'merged', term: from, details } }
      })
    },

    /** Deletes what no article is filed under. @throws Conflict when one is */
    async remove(actor: Actor, kind: TermKind, id: string): Promise<Term> {
      return change(actor, kind, async (tx, repository) => {
        const term = await existing(tx, kind, id)
        if (await repository.isUsed(kind, id))
          throw new Conflict(`Articles are filed under “${term.name}”. Move them first, then delete it.`)
        const now = clock()
        await repository.putAside(kind, id, {
          removed: now.toISOString(),
          forget: new Date(now.getTime() - DAY).toISOString(),
        })
        await repository.remove(kind, id)
        if (kind === 'author') await notePortrait(tx, id)
        return { result: term, deed: { action: 'deleted', term } }
      })
    },

    /** Undoes a deletion of the last day. @throws Conflict when its address was given to another meanwhile */
    async restore(actor: Actor, kind: TermKind, id: string): Promise<void> {
      await change(actor, kind, async (tx, repository) => {
        if (!(await repository.takeBack(kind, id)))
          throw new Conflict(
            'This cannot be taken back any more: a day has passed, or another has its address. Add it again.',
          )
        const term = await existing(tx, kind, id)
        await repository.dropFormer(kind, term.slug)
        if (kind === 'author') await notePortrait(tx, id)
        return { result: undefined, deed: { action: 'restored', term } }
      })
    },

    /**
     * The tags of these names, in the transaction given, each once and in their order; new ones are made. A name that
     * was merged into another tag since it was typed means that tag.
     */
    async tagsNamed(tx: Database, names: string[]): Promise<Term[]> {
      const repository = termsDeskRepository(tx)
      const found = new Map<string, Term>()
      for (const name of names.map(one => one.trim()).filter(Boolean)) {
        const tag = await tagNamed(repository, name, ids)
        if (tag) found.set(tag.id, tag)
      }
      return [...found.values()]
    },

    /** The ids of these authors as they are now, each once: those who were merged into another are that one. */
    async authorsMeant(tx: Database, authorIds: string[]): Promise<string[]> {
      const repository = termsDeskRepository(tx)
      const found = new Set<string>()
      for (const id of authorIds) {
        const author = (await repository.byId('author', id)) ?? (await repository.merged('author', id))
        if (author) found.add(author.id)
      }
      return [...found]
    },
  }
}

interface Deed {
  action: string
  term: { id: string; name: string }
  details?: Record<string, string>
}

function renamed(term: Term, now: Named): Deed {
  const details = {
    ...(now.name !== term.name && { was: term.name }),
    ...(now.slug !== term.slug && { formerSlug: term.slug, slug: now.slug }),
  }
  return { action: 'changed', term: { id: term.id, name: now.name }, details }
}

async function inheritAccount(repository: Repository, fromId: string, intoId: string): Promise<void> {
  const from = await repository.author(fromId)
  const into = await repository.author(intoId)
  if (!from?.accountId || !into || into.accountId) return
  await repository.freeAccount(from.accountId, intoId)
  await repository.saveAuthor({ ...into, accountId: from.accountId })
}

async function tagNamed(repository: Repository, name: string, ids: Ids): Promise<Term | undefined> {
  const slug = slugFrom(name)
  const known = (await repository.tagByName(name)) ?? (slug && (await repository.bySlug('tag', slug)))
  if (known) return known
  const merged = slug && (await repository.current('tag', slug))
  if (merged) return merged
  if (!slug) return undefined
  const tag = { id: ids(), name, slug }
  await repository.addTag(tag)
  return tag
}
