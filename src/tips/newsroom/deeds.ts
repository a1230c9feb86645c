import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Problem } from '../../foundation/errors.js'
import { deedsRepository, type PendingDeed } from './deeds.repository.js'

export interface DeedServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
}

type Deed = Parameters<AuditService['record']>[2]

export type DeedsService = ReturnType<typeof deedsService>

const uncertain = 'not certain: the program ended meanwhile'
const failed = 'not certain: it ended with an error'

/**
 * Deeds in the tip line's database, noted in the trail of the paper's own. No transaction spans the two, so that a deed is first
 * kept as begun: whenever the program ends, the trail gets its entry, which says so where nobody knows what became of the deed.
 */
export function deedsService({ db, clock, ids, audit }: DeedServices) {
  const begin = async (actor: Actor | undefined, { action, subject, details = {} }: Deed) => {
    const pending: PendingDeed = {
      ...{ id: ids(), at: clock().toISOString(), action },
      ...{ accountId: actor?.id ?? null, accountName: actor?.name ?? '' },
      ...{ subject: JSON.stringify(subject), details: JSON.stringify(details) },
    }
    await deedsRepository(db).begin(pending)
    return pending
  }

  const end = (deed: PendingDeed, result?: Record<string, string>): Promise<void> =>
    db.transaction(async tx => {
      // Another program that started meanwhile has noted it already.
      if (!(await deedsRepository(tx).end(deed.id))) return
      const { accountId, accountName, action } = deed
      const actor = accountId === null ? undefined : { id: accountId, name: accountName }
      const details = { ...JSON.parse(deed.details), ...result }
      await audit.record(tx, actor, { action, subject: JSON.parse(deed.subject), details })
    })

  return {
    /**
     * Does something and notes it. A Problem says that nothing was done, which leaves no entry; any other error may have come
     * half-way.
     */
    async noted(actor: Actor | undefined, deed: Deed, work: () => Promise<void>): Promise<void> {
      const pending = await begin(actor, deed)
      try {
        await work()
      } catch (error) {
        if (error instanceof Problem) await deedsRepository(db).end(pending.id)
        else await end(pending, { result: failed })
        throw error
      }
      await end(pending)
    },

    /**
     * Notes what a crash cut short. For a program that serves, once it listens: beside a server, a command would meet its deeds.
     * @param age in milliseconds, from which on a deed cannot be under way in another process
     */
    async noteCutShort(age = 0): Promise<void> {
      const until = new Date(clock().getTime() - age).toISOString()
      const some = () => deedsRepository(db).pending(until, 100)
      for (let deeds = await some(); deeds.length; deeds = await some())
        for (const deed of deeds) await end(deed, { begun: deed.at, result: uncertain })
    },
  }
}
