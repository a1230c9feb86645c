import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { unlessInTrouble } from '../../foundation/storage-trouble.js'
import { presenceRepository } from './presence.repository.js'

/** A browser tells every 20 seconds that it still shows an article; three tellings may be lost. */
const GONE_AFTER = 60_000

export type PresenceService = ReturnType<typeof presenceService>

/** Who has which article open just now. */
export function presenceService({ db, clock }: { db: Database; clock: Clock }) {
  return {
    /** Notes that somebody has an article open. @returns the others who have it open too */
    async meet(actor: Actor, articleId: string): Promise<{ name: string }[]> {
      const now = clock()
      const since = new Date(now.getTime() - GONE_AFTER).toISOString()
      await unlessInTrouble(presenceRepository(db).touch(articleId, actor.id, now.toISOString()))
      return presenceRepository(db).others(articleId, actor.id, since)
    },

    /** The names of the others who have these articles open. */
    async openIn(actor: Actor, articleIds: string[]): Promise<Map<string, string[]>> {
      const names = new Map<string, string[]>()
      if (articleIds.length === 0) return names
      const since = new Date(clock().getTime() - GONE_AFTER).toISOString()
      for (const { articleId, name } of await presenceRepository(db).openIn(articleIds, actor.id, since))
        names.set(articleId, [...(names.get(articleId) ?? []), name])
      return names
    },
  }
}
