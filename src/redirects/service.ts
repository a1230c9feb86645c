import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../foundation/errors.js'
import { keysOf, readFrom, readTo, type Target, withQuery } from './addresses.js'
import { chain, follow, type Next } from './chains.js'
import { redirectsRepository } from './repository.js'
import type { ListedRedirect, Redirect, RedirectForm } from './schema.js'

export interface RedirectServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  /** ours, without a slash at its end */
  origin: string
  former: FormerAddresses
  /** whether the program itself answers at a path, whatever editors do */
  answers(path: string): boolean
}

/** What the features whose pages move know of it. Paths are decoded and without a query. */
export interface FormerAddresses {
  /** whether a page of theirs stands there now */
  stands(path: string): Promise<boolean>
  /** where what stood there stands now, encoded */
  formerAddress(path: string): Promise<string | undefined>
  /** addresses that lead elsewhere since what stood there moved, in their order, after one of them */
  formerAddresses(wanted: { after: string; query: string; limit: number }): Promise<ListedRedirect[]>
}

export type RedirectsService = ReturnType<typeof redirectsService>

/** A value of a form that cannot be used. */
export class Refused extends Invalid {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

const PAGE_LENGTH = 50
const BATCH = 1_000
const DAY = 86_400_000

const pathOf = (key: string) => key.split('?', 1)[0] as string

/** Addresses from elsewhere and where they lead: kept straight, asked when no page answers. */
export function redirectsService({ db, clock, ids, audit, origin, former, answers }: RedirectServices) {
  const repository = redirectsRepository(db)

  const ourTarget = (address: string): Target => ({ address, key: keysOf(address)[0] ?? '' })

  /** One step from an address. A page that stands there ends every chain. */
  const nextAfter =
    (tx: Database, except?: string): Next =>
    async key => {
      const path = pathOf(key)
      if (key === path && (await former.stands(path))) return undefined
      const row = await redirectsRepository(tx).from([key])
      if (row && row.id !== except) return { address: row.to, key: row.key }
      const moved = await former.formerAddress(path)
      return moved === undefined ? undefined : ourTarget(moved)
    }

  const readForm = (form: RedirectForm): { from: string; target: Target } => {
    const from = readFrom(form.from, answers)
    if (from.problem !== undefined) throw new Refused('from', from.problem)
    const to = readTo(form.to, origin)
    if (to.problem !== undefined) throw new Refused('to', to.problem)
    return { from: from.value, target: to.value }
  }

  const settled = async (
    tx: Database,
    id: string,
    form: RedirectForm,
  ): Promise<Redirect & { via: string[] }> => {
    const { from, target } = readForm(form)
    const taken = await redirectsRepository(tx).from([from])
    if (taken && taken.from === from && taken.id !== id)
      throw new Refused('from', `${from} leads to ${taken.to} already. Change that redirect instead.`)
    const followed = await follow(from, target, nextAfter(tx, id))
    if (followed.loop) throw new Refused('to', `This would lead in a circle: ${chain(followed.loop)}.`)
    return { id, from, to: followed.target.address, key: followed.target.key, via: followed.via }
  }

  const save = async (tx: Database, actor: Actor, action: string, redirect: Redirect) => {
    await redirectsRepository(tx).save(redirect, { now: clock().toISOString(), accountId: actor.id })
    const shortened = (await former.stands(pathOf(redirect.from)))
      ? 0
      : await redirectsRepository(tx).shortcut(redirect.from, { to: redirect.to, key: redirect.key })
    await note(tx, actor, action, redirect)
    return shortened
  }

  const note = (tx: Database, actor: Actor, action: string, { id, from, to }: Redirect) =>
    audit.record(tx, actor, { action, subject: { kind: 'redirect', id, label: `${from} → ${to}` } })

  const existing = async (tx: Database, id: string): Promise<Redirect> => {
    const redirect = await redirectsRepository(tx).byId(id)
    if (!redirect) throw new NotFound('This redirect is gone: somebody deleted it.')
    return redirect
  }

  return {
    /** Where what once stood at a requested address stands now; undefined when nobody knows. */
    async elsewhere(address: string): Promise<string | undefined> {
      const keys = keysOf(address)
      const row = await repository.from(keys)
      if (row) return withQuery(await arrival(row), address, row.from)
      const path = keys.at(-1)
      const moved = path === undefined ? undefined : await former.formerAddress(path)
      return moved === undefined ? undefined : withQuery(moved, address, '')
    },

    /** The same for what is asked of the front page: `/?p=123` was an article once. */
    async elsewhereOfQuestion(address: string): Promise<string | undefined> {
      const [asked, path] = keysOf(address)
      const row = path === undefined ? undefined : await repository.from([asked as string])
      return row && withQuery(await arrival(row), address, row.from)
    },

    /** A page of all addresses that lead elsewhere, in their order. */
    async list({ after, query }: { after: string; query: string }) {
      const wanted = { after, query, limit: PAGE_LENGTH + 1 }
      const rows = (await repository.list(wanted)).map(
        ({ id, from, to }): ListedRedirect => ({ id, kind: 'redirect', from, to }),
      )
      const all = [...rows, ...(await former.formerAddresses(wanted))].sort((a, b) =>
        a.from < b.from ? -1 : 1,
      )
      const redirects = all.slice(0, PAGE_LENGTH)
      return { redirects, next: all.length > PAGE_LENGTH ? redirects.at(-1)?.from : undefined }
    },

    async redirect(id: string): Promise<Redirect> {
      return existing(db, id)
    },

    /**
     * Adds a redirect. Chains are flattened: it leads to where its target leads, and what led to its address leads on.
     * @returns the redirect, the addresses that were skipped, and whether a page stands at its address and wins
     * @throws Refused naming the field, for what is no address, is taken, or would lead in a circle
     */
    async add(actor: Actor, form: RedirectForm) {
      return db.transaction(async tx => {
        const { via, ...redirect } = await settled(tx, ids(), form)
        const shortened = await save(tx, actor, 'added', redirect)
        return { redirect, via, shortened, stands: await former.stands(pathOf(redirect.from)) }
      })
    },

    /** Changes a redirect; see `add`. */
    async change(actor: Actor, id: string, form: RedirectForm) {
      return db.transaction(async tx => {
        await existing(tx, id)
        const { via, ...redirect } = await settled(tx, id, form)
        const shortened = await save(tx, actor, 'changed', redirect)
        return { redirect, via, shortened, stands: await former.stands(pathOf(redirect.from)) }
      })
    },

    /** Deletes a redirect; for a day it can be brought back. */
    async remove(actor: Actor, id: string): Promise<Redirect> {
      return db.transaction(async tx => {
        const redirect = await existing(tx, id)
        const now = clock()
        const forget = new Date(now.getTime() - DAY).toISOString()
        await redirectsRepository(tx).remove(id, { now: now.toISOString(), forget })
        await note(tx, actor, 'deleted', redirect)
        return redirect
      })
    },

    /** @throws Conflict when it is gone for good, or would lead in a circle by now */
    async restore(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const redirect = await redirectsRepository(tx).restore(id)
        if (!redirect) throw new Conflict('This redirect is gone for good. Add it again.')
        const target = { address: redirect.to, key: redirect.key }
        const followed = await follow(redirect.from, target, nextAfter(tx, id))
        if (followed.loop)
          throw new Conflict(
            `By now it would lead in a circle: ${chain(followed.loop)}. Add it again with another target.`,
          )
        await note(tx, actor, 'restored', redirect)
      })
    },

    /** Every redirect, in batches, for a file. */
    async *all(): AsyncGenerator<Redirect[]> {
      for (let after = ''; ; ) {
        const batch = await repository.list({ after, query: '', limit: BATCH })
        if (batch.length) yield batch
        const last = batch.at(-1)
        if (!last || batch.length < BATCH) return
        after = last.from
      }
    },

    nextAfter,
  }

  // Its target may have moved since: one step for the reader all the same.
  async function arrival({ to, key }: Redirect): Promise<string> {
    if (!key) return to
    const path = pathOf(key)
    if (await former.stands(path)) return to
    return (await former.formerAddress(path)) ?? to
  }
}
