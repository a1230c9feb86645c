import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import { issuesRepository } from './repository.js'
import { type Issue, type IssueArticle, type IssueFields, type IssueStatus, MOST_ARTICLES } from './schema.js'

export interface WritingServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
}

export type WritingService = ReturnType<typeof writingService>

const PAGE = 30

/** An issue with its articles, in their order. */
export interface OpenIssue {
  issue: Issue
  articles: IssueArticle[]
}

const emptyFields: IssueFields = {
  ...{ subject: '', preheader: '', intro: '', outro: '', frequency: null },
  ...{ sections: [], articles: [] },
}

/** Issues as editors write them. */
export function writingService({ db, clock, ids, audit }: WritingServices) {
  const repository = issuesRepository(db)
  const now = () => clock().toISOString()

  const note = (tx: Database, actor: Actor, action: string, issue: Pick<Issue, 'id' | 'subject'>) =>
    audit.record(tx, actor, {
      action,
      subject: { kind: 'issue', id: issue.id, label: issue.subject || 'Issue without a subject' },
    })

  const found = async (within: Database, id: string): Promise<Issue> => {
    const issue = await issuesRepository(within).byId(id)
    if (!issue) throw new NotFound('There is no such issue. Look for it in the list.')
    return issue
  }

  const make = async (actor: Actor, fields: IssueFields): Promise<string> => {
    const id = ids()
    await db.transaction(async tx => {
      await issuesRepository(tx).add({ id, origin: 'desk', accountId: actor.id, fields, now: now() })
      await note(tx, actor, 'began', { id, subject: fields.subject })
    })
    return id
  }

  return {
    /** A page of issues of one state, what changed last first, and how many there are of each. */
    async list(status: IssueStatus, before?: { changed: string; id: string }) {
      const issues = await repository.list(status, before, PAGE + 1)
      const shown = issues.slice(0, PAGE)
      const last = shown.at(-1)
      return {
        issues: shown,
        counts: await repository.counts(),
        next: issues.length > PAGE && last ? { changed: last.changed, id: last.id } : undefined,
      }
    },

    /** @throws NotFound */
    async open(id: string): Promise<OpenIssue> {
      const issue = await found(db, id)
      return { issue, articles: await repository.articles(id) }
    },

    begin: (actor: Actor, fields: Partial<IssueFields> = {}) => make(actor, { ...emptyFields, ...fields }),

    /** Saves a form. @returns the new version; undefined when somebody saved after the form was opened */
    async save(actor: Actor, id: string, version: number, fields: IssueFields): Promise<number | undefined> {
      return db.transaction(async tx => {
        const issue = await found(tx, id)
        if (issue.status === 'sent')
          throw new Conflict('This issue has been sent; it cannot be changed any more.')
        if (issue.removed) throw new Conflict('This issue was deleted. Bring it back first.')
        if (!(await issuesRepository(tx).save(id, version, fields, now()))) return undefined
        await note(tx, actor, 'changed', { id, subject: fields.subject })
        return version + 1
      })
    },

    /** Begins a new issue with what stands in another. */
    async duplicate(actor: Actor, id: string): Promise<string> {
      const { issue, articles } = await this.open(id)
      const { subject, preheader, intro, outro, frequency, sections } = issue
      return make(actor, {
        ...{ subject, preheader, intro, outro, frequency, sections },
        articles: articles.slice(0, MOST_ARTICLES),
      })
    },

    async remove(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const issue = await found(tx, id)
        if (!(await issuesRepository(tx).setRemoved(id, now())))
          throw new Conflict('Only drafts can be deleted. Take back its schedule first.')
        await note(tx, actor, 'removed', issue)
      })
    },

    async bringBack(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const issue = await found(tx, id)
        await issuesRepository(tx).setRemoved(id, null)
        await note(tx, actor, 'restored', issue)
      })
    },

    /** An issue's id by its number, slug or id. */
    named: repository.named,
  }
}
