import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import type { Pictures } from '../pictures.js'
import { siteRepository } from '../repository.js'
import type { StandingPage } from '../schema.js'
import { type SiteService, versionOf } from '../service.js'

export type PageFields = Pick<StandingPage, 'slug' | 'title' | 'description' | 'body'>

export type StandingPagesService = ReturnType<typeof standingPagesService>

/** How editors keep the standing pages: about, policies, privacy. */
export function standingPagesService({
  db,
  clock,
  ids,
  audit,
  site,
  pictures,
}: {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  site: SiteService
  pictures: Pictures
}) {
  const note = async (tx: Database, actor: Actor, action: string, page: StandingPage) => {
    const subject = { kind: 'standing-page', id: page.id, label: page.title }
    await audit.record(tx, actor, { action, subject, details: { slug: page.slug } })
    await siteRepository(tx).noteChange(clock().toISOString())
    const { markdown } = await site.site()
    const { id, title: label } = page
    const shown = action === 'standing-page-deleted' ? [] : markdown.read(page.body).images
    await pictures.noteUses(tx, { kind: 'page', id, label, address: `/admin/site/pages/${id}` }, shown)
  }

  const found = async (tx: Database, id: string): Promise<StandingPage> => {
    const page = await siteRepository(tx).standingPageById(id)
    if (!page) throw new NotFound('There is no such standing page any more.')
    return page
  }

  return {
    async list(): Promise<StandingPage[]> {
      return siteRepository(db).standingPages()
    },

    /** @throws NotFound when it does not exist or was deleted */
    async page(id: string): Promise<StandingPage> {
      return found(db, id)
    },

    /** @throws Invalid when a page has that address */
    async add(actor: Actor, fields: PageFields): Promise<StandingPage> {
      const page = { ...fields, id: ids(), changed: clock().toISOString() }
      await db.transaction(async tx => {
        await makeRoom(tx, page.slug)
        await siteRepository(tx).saveStandingPage(page)
        await note(tx, actor, 'standing-page-added', page)
      })
      return page
    },

    /** @throws Conflict when it has changed since; Invalid when another page has that address */
    async change(actor: Actor, id: string, version: string, fields: PageFields): Promise<void> {
      await db.transaction(async tx => {
        const before = await found(tx, id)
        if (versionOf(before) !== version) throw new Conflict()
        const page = { ...before, ...fields, changed: clock().toISOString() }
        if (page.slug !== before.slug) {
          await makeRoom(tx, page.slug)
          await siteRepository(tx).movePageSlug(id, before.slug, page.slug)
        }
        await siteRepository(tx).updateStandingPage(page)
        await note(tx, actor, 'standing-page-changed', page)
      })
    },

    async remove(actor: Actor, id: string): Promise<StandingPage> {
      return db.transaction(async tx => {
        const page = await found(tx, id)
        await siteRepository(tx).markDeleted(id, clock().toISOString())
        await note(tx, actor, 'standing-page-deleted', page)
        return page
      })
    },

    /** Brings a deleted page back. @throws NotFound when its address was given to another one since */
    async restore(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        await siteRepository(tx).markDeleted(id, null)
        await note(tx, actor, 'standing-page-restored', await found(tx, id))
      })
    },
  }
}

async function makeRoom(tx: Database, slug: string): Promise<void> {
  await siteRepository(tx).forgetDeleted(slug)
  if (await siteRepository(tx).standingPage(slug)) throw new Invalid('Another page has this address.')
}
