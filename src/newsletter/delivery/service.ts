import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import type { SiteService } from '../../site/index.js'
import { audienceRepository } from './audience.sqlite.js'
import { deliveriesRepository } from './deliveries.repository.js'
import { mailingsRepository } from './mailings.repository.js'
import { SILENCE } from './presence.js'
import type { Delivery, ListedDelivery, Mailing, Progress } from './schema.js'
import { counter, type Tally } from './tally.js'
import { workersRepository } from './workers.repository.js'

export interface DeliveryServices {
  db: Database
  clock: Clock
  audit: AuditService
  site: Pick<SiteService, 'contentChanged'>
  /** that there is something to do */
  wake(): void
}

export type DeliveryService = ReturnType<typeof deliveryService>

const PAGE = 50
const CHUNK = 1_000
const MOST_COUNTED = 1_000

/** Which mails an editor decides about: one reader's, or all. */
export type Whose = string | undefined

/** Issues on their way to their readers, and what editors may do about them. */
export function deliveryService({ db, clock, audit, site, wake }: DeliveryServices) {
  const mailings = mailingsRepository(db)
  const now = () => clock().toISOString()

  const alive = (): Promise<boolean> =>
    workersRepository(db).anySince(new Date(clock().getTime() - SILENCE).toISOString())

  const withRate = (mailing: Mailing, working: boolean): Progress => {
    const { perMinute, ...rest } = mailing
    const moving = working && mailing.state === 'sending' && perMinute !== null
    const left = moving && perMinute > 0 ? (mailing.queued / perMinute) * 60_000 : undefined
    return {
      ...rest,
      perMinute: moving ? perMinute : undefined,
      eta: left === undefined ? undefined : new Date(clock().getTime() + left).toISOString(),
    }
  }

  const withRates = async (found: Mailing[]): Promise<Progress[]> => {
    const working = found.length > 0 && (await alive())
    return found.map(mailing => withRate(mailing, working))
  }

  const note = (tx: Database, actor: Actor | undefined, action: string, mailing: Mailing, count?: number) =>
    audit.record(tx, actor, {
      action,
      subject: { kind: 'mailing', id: mailing.issueId, label: mailing.subject },
      ...(count !== undefined && { details: { mails: count } }),
    })

  const mailing = async (issueId: string): Promise<Mailing> => {
    const [found] = await mailings.byIssues([issueId])
    if (!found) throw new NotFound()
    return found
  }

  /** Changes a mailing and notes who did it. @throws Conflict when it is not in a state for that */
  const change = async (
    actor: Actor,
    issueId: string,
    action: string,
    attempt: (tx: Database) => Promise<boolean>,
  ): Promise<void> => {
    const found = await mailing(issueId)
    await db.transaction(async tx => {
      if (!(await attempt(tx)))
        throw new Conflict('It got on meanwhile. See how far it is, then decide again.')
      // The archive leaves out what was called off, and has it again when it goes on.
      await site.contentChanged(tx)
      await note(tx, actor, action, found)
    })
    wake()
  }

  /** Decides about many mails in steps, so that nothing else waits for long. @returns how many */
  const decide = async (
    actor: Actor,
    issueId: string,
    action: string,
    step: (tx: Database, tally: Tally) => Promise<number>,
  ): Promise<number> => {
    const found = await mailing(issueId)
    let total = 0
    for (let count = CHUNK; count === CHUNK; total += count) {
      count = await db.transaction(async tx => {
        const { tally, apply } = counter(tx, now)
        const changed = await step(tx, tally)
        if (changed) await note(tx, actor, action, found, changed)
        await apply()
        return changed
      })
    }
    wake()
    return total
  }

  const list = async (
    issueId: string,
    state: 'failed' | 'unknown',
    after: string,
  ): Promise<{ mails: ListedDelivery[]; next: string | undefined }> => {
    const found = await deliveriesRepository(db).list(issueId, state, { after, limit: PAGE + 1 })
    const mails = found.slice(0, PAGE)
    return { mails, next: found.length > PAGE ? mails.at(-1)?.readerId : undefined }
  }

  const delivery: Delivery = {
    async dispatch(tx, { id, number, letter, audience }) {
      await mailingsRepository(tx).add({ issueId: id, number, ...letter, ...audience, created: now() })
    },
    wake,
    countAudience: audience => audienceRepository(db).count(audience),
    async progress(issueIds) {
      const all = await withRates(await mailings.byIssues(issueIds))
      return new Map(all.map(one => [one.issueId, one]))
    },
    holdAll: tx => mailingsRepository(tx).holdAll(),
  }

  return {
    ...delivery,

    /** Mails of all issues by what became of them so far. */
    sums: () => mailings.sums(),

    /** How far one issue is. @throws NotFound */
    async of(issueId: string): Promise<Progress> {
      const [one] = await withRates([await mailing(issueId)])
      return one as Progress
    },

    /** When all that waits of an issue is tried again, where none of it is due before: recipients' servers or the relays put it off. */
    async putOffUntil(issueId: string): Promise<string | undefined> {
      const next = await deliveriesRepository(db).nextAttempt(issueId)
      return next && next > now() ? next : undefined
    },

    /** An issue by number, slug or id; without a name all that are under way, or the newest. */
    async status(name: string | undefined): Promise<Progress[]> {
      if (name === undefined) return withRates(await mailings.current(100))
      const found = await mailings.called(name)
      return found ? withRates([found]) : []
    },

    /** A page of mails that failed, or that nobody knows of, after a reader's id. */
    list,
    countUndecided: (issueId: string) => deliveriesRepository(db).countUndecided(issueId, MOST_COUNTED),

    countGivenUp: (issueId: string) => deliveriesRepository(db).countGivenUp(issueId, MOST_COUNTED),

    pause: (actor: Actor, issueId: string) =>
      change(actor, issueId, 'paused', tx =>
        mailingsRepository(tx).change(issueId, ['queueing', 'sending'], 'paused'),
      ),
    resume: (actor: Actor, issueId: string) =>
      change(actor, issueId, 'resumed', tx => mailingsRepository(tx).resume(issueId, 'paused')),
    /** Lets one go on that was held after a restore. */
    release: (actor: Actor, issueId: string) =>
      change(actor, issueId, 'released', tx => mailingsRepository(tx).resume(issueId, 'held')),
    /** Whoever has not got it yet does not get it; what is under way arrives. */
    cancel: (actor: Actor, issueId: string) =>
      change(actor, issueId, 'cancelled', tx => mailingsRepository(tx).cancel(issueId, now())),

    /** Sends mails again that may have arrived. */
    sendAgain: (actor: Actor, issueId: string, whose: Whose) =>
      decide(actor, issueId, 'sent-again', async (tx, tally) => {
        await reopenable(tx, issueId)
        const count = await deliveriesRepository(tx).sendUnknownAgain(issueId, now(), whose, CHUNK)
        tally(issueId, { unknown: -count, queued: count })
        return count
      }),

    /** Leaves mails as they are: they stay unknown, and ask for nothing more. */
    leave: (actor: Actor, issueId: string, whose: Whose) =>
      decide(actor, issueId, 'left-unknown', tx =>
        deliveriesRepository(tx).leaveUnknown(issueId, now(), whose, CHUNK),
      ),

    /** Sends mails again that were given up after several attempts. */
    sendFailedAgain: (actor: Actor, issueId: string) =>
      decide(actor, issueId, 'sent-again', async (tx, tally) => {
        await reopenable(tx, issueId)
        const count = await deliveriesRepository(tx).sendFailedAgain(issueId, now(), CHUNK)
        tally(issueId, { failed: -count, queued: count })
        return count
      }),

    /** What editors should see to: what is held, and what nobody knows of. */
    async attention() {
      return {
        held: await mailings.inState('held', 10),
        unknown: await deliveriesRepository(db).undecided(10, MOST_COUNTED),
      }
    },
  }

  // A cancelled issue stays cancelled; one that is done goes on.
  async function reopenable(tx: Database, issueId: string): Promise<void> {
    const [found] = await mailingsRepository(tx).byIssues([issueId])
    if (found?.state === 'cancelled')
      throw new Conflict('This issue was cancelled; nothing of it is sent any more.')
    await mailingsRepository(tx).reopen(issueId)
  }
}
