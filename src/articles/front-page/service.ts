import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import { type SiteService, versionOf } from '../../site/index.js'
import { articlesRepository } from '../repository.js'
import type { Story } from '../schema.js'
import { compose, type Move, moved, ordered, type Top } from './arrangement.js'
import { frontPageRepository } from './repository.js'
import { type FrontSection, type Placement, TOP_LENGTH } from './schema.js'

export interface FrontPageServices {
  db: Database
  clock: Clock
  site: SiteService
  audit: AuditService
}

/** The front page as editors arrange it. */
export interface Arrangement {
  top: Top
  newest: Story | undefined
  sections: FrontSection[]
  /** names this state; a change is made to the state that its editor saw */
  version: string
}

export type FrontPageService = ReturnType<typeof frontPageService>

const subject = { kind: 'front-page', id: 'front-page', label: 'Front page' }

export function frontPageService({ db, clock, site, audit }: FrontPageServices) {
  const change = async (
    actor: Actor,
    version: string,
    action: string,
    work: (tx: Database, seen: Arrangement) => Promise<Record<string, string>>,
  ): Promise<Arrangement> => {
    let before: Arrangement | undefined
    await db.transaction(async tx => {
      before = await arrangementIn(tx)
      if (before.version !== version)
        throw new Conflict('The front page has changed since you opened it. This is how it stands now.')
      await audit.record(tx, actor, { action, subject, details: await work(tx, before) })
      await site.contentChanged(tx)
    })
    return before as Arrangement
  }

  return {
    arrangement: () => arrangementIn(db),

    /** Moves a story of the top. @returns the arrangement before */
    async move(actor: Actor, version: string, id: string, move: Move): Promise<Arrangement> {
      return change(actor, version, `front-page-${move}`, async (tx, { top }) => {
        const held = top.find(({ story }) => story.id === id)
        if (!held) throw new NotFound('That article is not at the top of the front page any more.')
        await frontPageRepository(tx).replacePlacements(moved(top, id, move, clock().toISOString()))
        return { article: id, title: held.story.title }
      })
    },

    /** Puts the top in an order; published articles that it does not hold yet come in, others are passed over. */
    async order(actor: Actor, version: string, ids: string[]): Promise<Arrangement> {
      return change(actor, version, 'front-page-ordered', async (tx, { top }) => {
        await frontPageRepository(tx).replacePlacements(ordered(top, ids, clock().toISOString()))
        return { articles: ids.slice(0, TOP_LENGTH).join(' ') }
      })
    },

    /** Puts placements back as they were, whatever was done since. */
    async restore(actor: Actor, placements: Placement[]): Promise<void> {
      const { version } = await arrangementIn(db)
      await change(actor, version, 'front-page-restored', async tx => {
        await frontPageRepository(tx).replacePlacements(placements)
        return {}
      })
    },

    /** Puts the sections of the front page in an order and says which it shows. */
    async orderSections(actor: Actor, version: string, wanted: { id: string; shown: boolean }[]) {
      return change(actor, version, 'front-page-sections-ordered', async (tx, { sections }) => {
        const known = new Set(sections.map(section => section.id))
        const places = wanted.filter(({ id }) => known.delete(id))
        const rest = sections.filter(({ id }) => known.has(id))
        for (const [position, { id, shown }] of [...places, ...rest].entries())
          await frontPageRepository(tx).placeSection(id, position, shown)
        return {}
      })
    },
  }
}

/** How the front page stands, as readers and editors see it. */
export async function arrangementIn(db: Database): Promise<Arrangement> {
  const repository = frontPageRepository(db)
  const placed = await repository.placed()
  const latest = await articlesRepository(db).stories({ kind: 'all' }, TOP_LENGTH + placed.length)
  const top = compose(placed, latest)
  const sections = await repository.sections()
  return { top, newest: latest[0], sections, version: versionOf(stateOf(top, sections)) }
}

// What is shown and why, not the stories' own words.
function stateOf(top: Top, sections: FrontSection[]) {
  return [top.map(({ story, hold }) => [story.id, hold]), sections.map(({ id, shown }) => [id, shown])]
}
