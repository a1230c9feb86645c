import { createHash } from 'node:crypto'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { NotFound } from '../../foundation/errors.js'
import { Manuscript, written } from '../desk/schema.js'
import { type RevisionEntry, type RevisionRow, revisionsRepository } from './repository.js'

/** Why a revision stands in an article's history. */
export type RevisionKind =
  | 'original'
  | 'saved'
  | 'conflict'
  | 'restored'
  | 'imported'
  | 'published'
  | 'updated'

/** A state of an article that its history keeps. */
export interface KeptState {
  articleId: string
  /** whose it is; nobody for what the program itself did */
  by: Pick<Actor, 'id' | 'name'> | undefined
  kind: RevisionKind
  reason?: string
  manuscript: Manuscript
  /** when it came to be, ISO 8601; now unless said */
  at?: string
}

export type RevisionsService = ReturnType<typeof revisionsService>

const BATCH = 200
const PAGE_LENGTH = 30

/** The history of each article: added to, never changed, each revision chained to the one before. */
export function revisionsService({ db, clock, ids }: { db: Database; clock: Clock; ids: Ids }) {
  return {
    /** Adds a state to an article's history, in the transaction that makes it. */
    async add(
      tx: Database,
      { articleId, by, kind, reason = '', manuscript, at }: KeptState,
    ): Promise<RevisionRow> {
      const repository = revisionsRepository(tx)
      const last = await repository.latest(articleId)
      const row: RevisionRow = {
        id: ids(),
        articleId,
        number: (last?.number ?? 0) + 1,
        at: at ?? clock().toISOString(),
        accountId: by?.id ?? null,
        accountName: by?.name ?? 'Handpress',
        kind,
        reason,
        fields: written(manuscript),
        previous: last?.mark ?? '',
        mark: '',
      }
      const marked = { ...row, mark: markOf(row) }
      await repository.append(marked)
      return marked
    },

    /** The newest state in an article's history. */
    async latest(
      tx: Database,
      articleId: string,
    ): Promise<(RevisionRow & { manuscript: Manuscript }) | undefined> {
      const row = await revisionsRepository(tx).latest(articleId)
      return row && { ...row, manuscript: read(row.fields) }
    },

    /** Whether an article's history holds a state already. */
    async holds(tx: Database, articleId: string, manuscript: Manuscript): Promise<boolean> {
      return revisionsRepository(tx).holds(articleId, written(manuscript))
    },

    /** A state of an article by its number. @throws NotFound when its history has none of that number */
    async revision(
      articleId: string,
      number: number,
    ): Promise<Omit<RevisionRow, 'fields'> & { manuscript: Manuscript }> {
      const row = await revisionsRepository(db).revision(articleId, number)
      if (!row) throw new NotFound('The history of this article has no such revision.')
      return { ...row, manuscript: read(row.fields) }
    },

    /** A page of an article's history, newest first; each entry says by how much it is longer than the one before. */
    async page(
      articleId: string,
      before?: number,
    ): Promise<{ entries: (RevisionEntry & { growth: number })[]; older: number | undefined }> {
      const found = await revisionsRepository(db).entries(articleId, PAGE_LENGTH + 1, before)
      const entries = found.slice(0, PAGE_LENGTH).map((entry, index) => {
        const former = found[index + 1]?.size ?? emptySize
        return { ...entry, growth: entry.size - former }
      })
      return { entries, older: found.length > PAGE_LENGTH ? entries.at(-1)?.number : undefined }
    },

    /** Walks every article's chain. @returns how many revisions there are and a sentence for all that does not fit */
    async verify(): Promise<{ revisions: number; problems: string[] }> {
      const repository = revisionsRepository(db)
      const problems: string[] = []
      let revisions = 0
      let last = { articleId: '', number: 0, mark: '' }
      for (;;) {
        const batch = await repository.after(last.articleId, last.number, BATCH)
        for (const row of batch) {
          revisions += 1
          const before = row.articleId === last.articleId ? last : { number: 0, mark: '' }
          problems.push(...misfits(row, before))
          last = row
        }
        if (batch.length < BATCH) break
      }
      for (const { articleId, number } of await repository.wrongEnds(BATCH))
        problems.push(`The history of article ${articleId} does not end where it was noted to, at ${number}.`)
      return { revisions, problems }
    },
  }
}

// What the names of the fields take up.
const emptySize = JSON.stringify({
  ...{ title: '', dek: '', slug: '', body: '', section: '', tags: [], authors: [], hero: null },
  ...{ canonicalUrl: null, quickNote: null },
}).length

/** The working copy that a revision's text holds. */
function read(fields: string): Manuscript {
  return Manuscript.parse(JSON.parse(fields))
}

function misfits(row: RevisionRow, before: { number: number; mark: string }): string[] {
  const name = `Revision ${row.number} of article ${row.articleId}`
  const problems: string[] = []
  if (row.number !== before.number + 1) problems.push(`${name} does not follow: some before it are missing.`)
  else if (row.previous !== before.mark) problems.push(`${name} does not follow the one before it.`)
  if (markOf(row) !== row.mark) problems.push(`${name} was changed.`)
  return problems
}

function markOf({ mark: _, ...row }: RevisionRow): string {
  const canonical = JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(canonical).digest('hex')
}
