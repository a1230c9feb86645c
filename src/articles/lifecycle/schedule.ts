import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import type { ManuscriptsService } from '../desk/manuscripts.js'
import type { ByMail } from './by-mail.js'
import { lacks } from './readiness.js'
import { scheduleRepository } from './schedule.repository.js'

export interface ScheduleServices {
  db: Database
  clock: Clock
  audit: AuditService
  manuscripts: ManuscriptsService
  byMail: ByMail
  log: Log
}

export type ScheduleService = ReturnType<typeof scheduleService>

/** Publishes what is due, while the program listens. */
export function scheduleService({ db, clock, audit, manuscripts, byMail, log }: ScheduleServices) {
  const repository = scheduleRepository(db)
  const now = () => clock().toISOString()

  /** Publishes one article that is due. @returns whether there was one */
  const publishNext = async (): Promise<boolean> => {
    let id: string | undefined
    try {
      return await db.transaction(async tx => {
        const due = await scheduleRepository(tx).claim(now())
        if (!due) return false
        id = due.id
        const { manuscript } = await manuscripts.working(tx, due.id)
        const [lack] = Object.values(lacks(manuscript))
        if (lack) throw new Error(lack)
        const { published } = due
        const { slug } = await manuscripts.file(tx, due.id, {
          status: 'published',
          published,
          kind: 'published',
        })
        await audit.record(tx, undefined, {
          action: 'published',
          subject: { kind: 'article', id: due.id, label: manuscript.title },
          details: { slug, published },
        })
        await byMail.published(tx, due.id)
        return true
      })
    } catch (error) {
      if (id === undefined) throw error
      // The others must not wait behind one that cannot go out; an editor is told of it.
      await repository.hold(id)
      log.error({ err: error, article: id }, 'a scheduled article could not be published and is held')
      return true
    }
  }

  const publishDue = async (): Promise<void> => {
    let published = false
    while (await publishNext()) published = true
    if (published) byMail.wake()
  }

  const { round, start, wake, stop } = rounds({
    work: publishDue,
    next: repository.next,
    failure: 'the schedule cannot be worked on',
    clock,
    log,
  })

  return {
    /** Publishes all that is due now. */
    publishDue: round,
    ...{ start, wake, stop },

    /** Keeps what is overdue from the clock until an editor decides, after a restore. @returns how many */
    async holdOverdue(tx: Database): Promise<number> {
      return scheduleRepository(tx).holdOverdue(now())
    },

    /** How many articles wait for an editor because the clock may not or could not publish them. */
    async held(): Promise<number> {
      return repository.held()
    },
  }
}
