import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import type { RevisionKind, RevisionsService } from '../revisions/service.js'
import type { Manuscript } from './schema.js'
import { isEmpty, type OpenManuscript, same, subjectOf } from './working-copy.js'

export interface KeepingServices {
  clock: Clock
  audit: AuditService
  revisions: RevisionsService
}

/** Between revisions that nobody asked for. */
const AUTOSAVED_EVERY = 5 * 60_000

/** What of an article's states its history keeps, so that nothing is lost that anybody wrote. */
export function keeping({ clock, audit, revisions }: KeepingServices) {
  return {
    /** Keeps a new state, and notes it in the audit trail with its mark. */
    async state(
      tx: Database,
      by: Actor | undefined,
      {
        articleId,
        ...state
      }: { articleId: string; kind: RevisionKind; reason?: string; manuscript: Manuscript },
    ): Promise<void> {
      const { number, mark } = await revisions.add(tx, { articleId, by, ...state })
      await audit.record(tx, by, {
        action: state.kind,
        subject: subjectOf(articleId, state.manuscript.title),
        details: { revision: number, mark },
      })
    },

    /** Keeps what stands there before somebody else, an import, or the first save at this desk replaces it. */
    async replaced(tx: Database, actor: Actor | undefined, open: OpenManuscript): Promise<void> {
      const { article, manuscript, changed, by } = open
      const ownWork = by !== undefined && by.id === actor?.id
      if (ownWork || isEmpty(manuscript) || (await revisions.holds(tx, article.id, manuscript))) return
      const kind = by ? 'saved' : 'original'
      await revisions.add(tx, { articleId: article.id, by, kind, manuscript, at: changed })
    },

    /** Keeps what was refused since somebody else was first. */
    async refused(tx: Database, actor: Actor, articleId: string, manuscript: Manuscript): Promise<void> {
      if (await revisions.holds(tx, articleId, manuscript)) return
      const { number } = await revisions.add(tx, { articleId, by: actor, kind: 'conflict', manuscript })
      const subject = subjectOf(articleId, manuscript.title)
      await audit.record(tx, actor, { action: 'kept-conflict', subject, details: { revision: number } })
    },

    /** Keeps what stands there, whoever wrote it. @returns its number in the history */
    async present(tx: Database, { article, manuscript, by, changed }: OpenManuscript): Promise<number> {
      const last = await revisions.latest(tx, article.id)
      if (last && same(last.manuscript, manuscript)) return last.number
      const state = { articleId: article.id, by, kind: 'saved' as const, manuscript, at: changed }
      return (await revisions.add(tx, state)).number
    },

    /** Whether an autosave is worth a state of its own: the first of a sitting, and one every five minutes. */
    async isDue(tx: Database, actor: Actor, articleId: string): Promise<boolean> {
      const last = await revisions.latest(tx, articleId)
      if (!last || last.accountId !== actor.id) return true
      return clock().getTime() - Date.parse(last.at) > AUTOSAVED_EVERY
    },
  }
}
