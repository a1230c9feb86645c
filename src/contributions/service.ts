import type { z } from 'zod'
import type { Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { SiteService } from '../site/index.js'
import { contributionsRepository } from './repository.js'
import { WaysToGive, type WayToGive } from './schema.js'

export interface ContributionsServices {
  db: Database
  ids: Ids
  site: SiteService
}

export type ContributionsService = ReturnType<typeof contributionsService>

export function contributionsService({ db, ids, site }: ContributionsServices) {
  return {
    /** The ways to give, in the editors' order. */
    async ways(): Promise<WayToGive[]> {
      return contributionsRepository(db).ways()
    },

    /**
     * Puts a new list in the place of the old one.
     * @throws ZodError when one of them could not be given by; nothing is changed then
     */
    async replaceWays(list: z.input<typeof WaysToGive>): Promise<void> {
      const ways = WaysToGive.parse(list)
      await db.transaction(async tx => {
        const repository = contributionsRepository(tx)
        await repository.removeAll()
        for (const [position, way] of ways.entries()) await repository.add(ids(), position, way)
        await site.contentChanged(tx)
      })
    },
  }
}
