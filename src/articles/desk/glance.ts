import type { Database } from '../../foundation/database.js'
import { type Actor, editors } from '../../foundation/desk.js'
import { type Glanced, glanceRepository } from './glance.repository.js'

const SHOWN = 10
const RECENT = 6
const MOST_COUNTED = 1_000

/** What somebody at the desk finds of articles on its first page. */
export interface Glance {
  /** the next planned first */
  scheduled: Glanced[]
  /** drafts whose writers asked for review: everybody's for editors, else one's own */
  waiting: Glanced[]
  waitingCount: number
  /** one's own drafts, the last changed first */
  drafts: Glanced[]
  draftCount: number
  /** the last published first */
  recent: Glanced[]
}

export type GlanceService = ReturnType<typeof glanceService>

export function glanceService(db: Database) {
  const repository = glanceRepository(db)
  return {
    /** What an actor may see; a contributor sees neither what is planned nor what is published. */
    async of({ id, role }: Actor): Promise<Glance> {
      const whose = editors.includes(role) ? undefined : id
      const drafting = role === 'contributor'
      return {
        scheduled: drafting ? [] : await repository.inState('scheduled', whose, 'planned', SHOWN),
        waiting: await repository.inState('waiting', whose, 'changed', SHOWN),
        waitingCount: await repository.count('waiting', whose, MOST_COUNTED),
        drafts: await repository.inState('draft', id, 'changed', SHOWN),
        draftCount: await repository.count('draft', id, MOST_COUNTED),
        recent: drafting ? [] : await repository.inState('published', whose, 'published', RECENT),
      }
    },

    /** What an editor should see to, at most a hundred of each. */
    async toMend() {
      return { held: await repository.held(100), heroesWithoutAlt: await repository.heroesWithoutAlt(100) }
    },
  }
}
