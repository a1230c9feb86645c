import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../foundation/errors.js'
import { type SiteService, versionOf } from '../site/index.js'
import { contributionsRepository, type ListedWay } from './repository.js'
import type { WayToGive } from './schema.js'

export interface GivingServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  site: SiteService
}

export type GivingService = ReturnType<typeof givingService>

const MOST = 50

/** How editors keep the ways to give. */
export function givingService({ db, clock, ids, audit, site }: GivingServices) {
  // A list is short: each change writes it anew, so that places never collide.
  const change = async (
    actor: Actor,
    action: string,
    work: (list: ListedWay[], tx: Database) => Promise<{ list: ListedWay[]; about: ListedWay }>,
  ): Promise<ListedWay> =>
    db.transaction(async tx => {
      const repository = contributionsRepository(tx)
      const { list, about } = await work(await repository.listed(), tx)
      await repository.removeAll()
      for (const [position, { id, way }] of list.entries()) await repository.add(id, position, way)
      const subject = { kind: 'way-to-give', id: about.id, label: about.way.name }
      await audit.record(tx, actor, { action, subject, details: { kind: about.way.kind } })
      await site.contentChanged(tx)
      return about
    })

  return {
    async list(): Promise<ListedWay[]> {
      return contributionsRepository(db).listed()
    },

    /** @throws NotFound when it does not exist or was removed */
    async way(id: string): Promise<ListedWay> {
      const list = await contributionsRepository(db).listed()
      return list[indexIn(list, id)] as ListedWay
    },

    async add(actor: Actor, way: WayToGive): Promise<ListedWay> {
      return change(actor, 'way-to-give-added', async list => {
        if (list.length >= MOST)
          throw new Invalid(`There are ${MOST} ways to give, which is the most. Remove one first.`)
        const about = { id: ids(), way }
        return { list: [...list, about], about }
      })
    },

    /** @throws Conflict when it has changed since; `version` names what its editor saw */
    async change(actor: Actor, id: string, version: string, way: WayToGive): Promise<ListedWay> {
      return change(actor, 'way-to-give-changed', async list => {
        const at = indexIn(list, id)
        if (versionOf(list[at]?.way) !== version) throw new Conflict()
        const about = { id, way }
        return { list: list.with(at, about), about }
      })
    },

    /** Moves one up or down in the list as its editor saw it. @throws Conflict when that has changed since */
    async move(actor: Actor, id: string, version: string, direction: 'up' | 'down'): Promise<ListedWay> {
      return change(actor, 'way-to-give-moved', async list => {
        if (versionOf(list.map(listed => listed.id)) !== version)
          throw new Conflict('The list has changed since you opened it. Look at it again, then move the way.')
        const at = indexIn(list, id)
        const about = list[at] as ListedWay
        const to = Math.max(0, at + (direction === 'up' ? -1 : 1))
        return { list: list.toSpliced(at, 1).toSpliced(to, 0, about), about }
      })
    },

    async remove(actor: Actor, id: string): Promise<ListedWay> {
      return change(actor, 'way-to-give-removed', async (list, tx) => {
        const at = indexIn(list, id)
        const about = list[at] as ListedWay
        await contributionsRepository(tx).keepRemoved(about, at, clock().toISOString())
        return { list: list.toSpliced(at, 1), about }
      })
    },

    /** Brings a removed way back to its place. @throws NotFound when it was not removed */
    async restore(actor: Actor, id: string): Promise<ListedWay> {
      return change(actor, 'way-to-give-restored', async (list, tx) => {
        const removed = await contributionsRepository(tx).removed(id)
        if (!removed || list.length >= MOST) throw new NotFound('That way to give cannot be brought back.')
        await contributionsRepository(tx).forgetRemoved(id)
        const about = { id, way: removed.details }
        return { list: list.toSpliced(removed.position, 0, about), about }
      })
    },
  }
}

function indexIn(list: ListedWay[], id: string): number {
  const at = list.findIndex(listed => listed.id === id)
  if (at < 0) throw new NotFound('There is no such way to give any more.')
  return at
}
