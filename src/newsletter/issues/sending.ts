import { type Article, type ArticlesService, slugFrom } from '../../articles/index.js'
import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import type { Duties } from '../../foundation/duties.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import type { SiteService } from '../../site/index.js'
import type { Audience, Delivery } from '../delivery/schema.js'
import type { IssueContent, Letters } from '../letters/schema.js'
import { issuesRepository } from './repository.js'
import type { Issue, IssueFields, Origin } from './schema.js'

export interface SendingServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  duties: Duties
  site: SiteService
  articles: ArticlesService
  letters: Letters
  delivery: Pick<Delivery, 'dispatch' | 'countAudience' | 'wake'>
  log: Log
}

export type SendingService = ReturnType<typeof sendingService>

/** What an issue says, whoever makes it. */
export type Content = Omit<IssueContent, 'id' | 'number' | 'slug'>

const MOST_HELD = 20

/** Issues on their way out: by an editor's hand, by the clock, by what publishes an article or makes a digest. */
export function sendingService(services: SendingServices) {
  const { db, clock, ids, audit, site, articles, letters, delivery, log } = services
  const repository = issuesRepository(db)
  const now = () => clock().toISOString()

  /** Hands an issue to the ledger: its number, its address and its letter are given for good. */
  const dispatch = async (tx: Database, issue: Issue, actor: Actor | undefined): Promise<number> => {
    const repository = issuesRepository(tx)
    const content = contentOf(issue, await repository.articles(issue.id))
    const number = await repository.nextNumber()
    const slug = await freeSlug(tx, issue.subject, number)
    if (!(await repository.send(issue.id, { number, slug, now: now() })))
      throw new Conflict('This issue has been sent already, or was deleted.')
    const letter = await letters.compose({ ...content, id: issue.id, number, slug }, tx)
    await delivery.dispatch(tx, { id: issue.id, number, letter, audience: audienceOf(issue) })
    await site.contentChanged(tx)
    await audit.record(tx, actor, {
      action: 'sent',
      subject: { kind: 'issue', id: issue.id, label: issue.subject },
      details: { number: String(number) },
    })
    return number
  }

  const opened = async (within: Database, id: string): Promise<Issue> => {
    const issue = await issuesRepository(within).byId(id)
    if (!issue) throw new NotFound('There is no such issue. Look for it in the list.')
    return issue
  }

  /** The issue as somebody saw it when they pressed the button. */
  const seen = async (tx: Database, id: string, version: number): Promise<Issue> => {
    const issue = await opened(tx, id)
    if (issue.status === 'sent') throw new Conflict('This issue has been sent already.')
    if (issue.version !== version)
      throw new Conflict(
        'Somebody changed this issue after you opened the page. Read it again, then send it.',
      )
    return issue
  }

  const make = async (
    tx: Database,
    content: Content,
    { audience, origin, articleId }: { audience: Audience; origin: Origin; articleId?: string },
  ): Promise<Issue> => {
    const id = ids()
    const fields: IssueFields = { ...content, ...audience }
    const added = { id, origin, accountId: null, fields, now: now(), ...(articleId && { articleId }) }
    await issuesRepository(tx).add(added)
    return opened(tx, id)
  }

  /** Sends one scheduled issue that is due. @returns whether there was one */
  const sendNext = async (): Promise<boolean> => {
    let due: Issue | undefined
    try {
      return await db.transaction(async tx => {
        due = await issuesRepository(tx).due(now())
        if (!due) return false
        await dispatch(tx, due, undefined)
        return true
      })
    } catch (error) {
      if (!due) throw error
      // The others must not wait behind one that cannot go out; an editor is told of it.
      const held = await repository.plan(due.id, ['scheduled'], 'held', due.sendAt, now())
      log.error({ err: error, issue: due.id }, 'a scheduled issue could not be sent and is held')
      return held
    }
  }

  const clockwork = rounds({
    work: async () => {
      let sent = false
      while (await sendNext()) sent = true
      if (sent) delivery.wake()
    },
    next: repository.nextDue,
    failure: 'scheduled issues cannot be sent',
    clock,
    log,
  })
  const look = services.duties.add('issues', clockwork)

  return {
    /** What keeps an issue from going out, by field; and whom it would reach now. */
    async readiness(id: string) {
      const issue = await opened(db, id)
      const chosen = await repository.articles(id)
      const readers = await delivery.countAudience(audienceOf(issue))
      return {
        problems: lacks(issue, chosen.filter(({ status }) => status === 'published').length, readers),
        readers,
      }
    },

    /** Sends an issue now. @param version what was seen; another one is a Conflict @returns its number */
    async send(actor: Actor, id: string, version: number): Promise<number> {
      const number = await db.transaction(async tx => dispatch(tx, await seen(tx, id, version), actor))
      delivery.wake()
      return number
    },

    /** Whether an instant is over: an issue that is planned for one would go out at once. */
    isOver: (at: string): boolean => at <= now(),

    /** Plans an issue for an instant. */
    async schedule(actor: Actor, id: string, version: number, at: string): Promise<void> {
      await db.transaction(async tx => {
        const issue = await seen(tx, id, version)
        const planned = await issuesRepository(tx).plan(
          id,
          ['draft', 'scheduled', 'held'],
          'scheduled',
          at,
          now(),
        )
        if (!planned) throw new Conflict('This issue cannot be scheduled: it was sent or deleted.')
        await audit.record(tx, actor, {
          action: 'scheduled',
          subject: { kind: 'issue', id, label: issue.subject },
          details: { at },
        })
      })
      look()
    },

    async unschedule(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const issue = await opened(tx, id)
        if (!(await issuesRepository(tx).plan(id, ['scheduled', 'held'], 'draft', null, now())))
          throw new Conflict('This issue is not scheduled.')
        await audit.record(tx, actor, {
          action: 'unscheduled',
          subject: { kind: 'issue', id, label: issue.subject },
        })
      })
    },

    /** Makes an issue and sends it, in a transaction of whoever does: a digest, a command. @returns its id */
    async sendNow(tx: Database, content: Content, audience: Audience, origin: Origin): Promise<string> {
      const issue = await make(tx, content, { audience, origin })
      await dispatch(tx, issue, undefined)
      return issue.id
    },

    /** The same, at a time to come. */
    async sendLater(tx: Database, content: Content, audience: Audience, at: string): Promise<string> {
      const issue = await make(tx, content, { audience, origin: 'command' })
      await issuesRepository(tx).plan(issue.id, ['draft'], 'scheduled', at, now())
      return issue.id
    },

    /**
     * Mails an article to those who want each one, in the transaction that publishes it; once, however often it is published.
     * @returns whether it was mailed now
     */
    async mailArticle(tx: Database, articleId: string): Promise<boolean> {
      if (await issuesRepository(tx).ofArticle(articleId)) return false
      const [article] = await articles.reading.published([articleId], tx)
      if (!article) return false
      const audience: Audience = { frequency: 'every', sections: [article.sectionId] }
      const issue = await make(tx, contentOfArticle(article), { audience, origin: 'article', articleId })
      await dispatch(tx, issue, undefined)
      return true
    },

    /** The issue by which an article was mailed, if it was. */
    async mailed(articleId: string): Promise<{ id: string; sent: string } | undefined> {
      const issue = await repository.ofArticle(articleId)
      return issue?.sent ? { id: issue.id, sent: issue.sent } : undefined
    },

    countAudience: delivery.countAudience,
    /** To be called after a transaction that sent something. */
    wake: () => delivery.wake(),

    /** Sends all scheduled issues that are due now. */
    sendDue: clockwork.round,

    /** Keeps what is overdue from the clock until an editor decides; in the transaction that notices a restore. */
    holdOverdue: (tx: Database) => issuesRepository(tx).holdOverdue(now()),
    held: () => repository.held(MOST_HELD),
  }

  async function freeSlug(tx: Database, subject: string, number: number): Promise<string> {
    const wanted = slugFrom(subject).slice(0, 80).replace(/-+$/, '') || `issue-${number}`
    let slug = wanted
    // Another subject may have said the same number.
    for (let suffix = number; await issuesRepository(tx).isSlugTaken(slug); suffix++)
      slug = `${wanted}-${suffix}`
    return slug
  }
}

export function audienceOf({ frequency, sections }: Issue): Audience {
  return { frequency, sections }
}

/** What letters and pages are made of. */
function contentOf(
  { subject, preheader, intro, outro }: Issue,
  articles: { id: string; form: 'full' | 'dek' }[],
): Content {
  return { subject, preheader, intro, outro, articles: articles.map(({ id, form }) => ({ id, form })) }
}

function contentOfArticle({ id, title, dek }: Article): Content {
  return { subject: title, preheader: dek, intro: '', outro: '', articles: [{ id, form: 'full' }] }
}

/** What an issue lacks before it can go out, by field. */
function lacks(issue: Issue, published: number, readers: number): Record<string, string> {
  return {
    ...(issue.subject === '' && {
      subject: 'Give the issue a subject: it is the line that readers see first.',
    }),
    ...(published === 0 &&
      !issue.intro.trim() &&
      !issue.outro.trim() && {
        articles: 'There is nothing in it yet. Add a published article, or write an introduction.',
      }),
    ...(readers === 0 && { audience: 'Nobody on the list gets this. Choose another audience.' }),
  }
}
