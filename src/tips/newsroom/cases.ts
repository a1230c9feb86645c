import { Readable } from 'node:stream'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import { parseAgeHeader, x25519Recipients } from '../sealing/age-header.js'
import {
  dayAfter,
  expiring,
  type Part,
  sparedUntil,
  type Tip,
  type TipFilter,
  type TipState,
  type TipStore,
  tipsRepository,
  WARNING_DAYS,
} from '../store/index.js'
import { casesRepository } from './cases.repository.js'
import type { Batch, Case, Colleague, InboxQuery, Line } from './cases.schema.js'
import type { DeedsService } from './deeds.js'

export interface CaseServices {
  db: Database
  store: TipStore
  deeds: DeedsService
  /** to whom everything of the newsroom's is sealed now */
  recipients(): Promise<string[]>
}

export type CasesService = ReturnType<typeof casesService>

const PAGE = 50
const MOST_COUNTED = 1_000

/** What the newsroom does with a tip. Deeds stand in the trail with the tip's id and day, never with what it says. */
export function casesService({ db, store, deeds, recipients }: CaseServices) {
  const repository = tipsRepository(store.db)
  const people = casesRepository(db)

  const known = async (id: string): Promise<Tip> => {
    const tip = await repository.byId(id)
    if (!tip) throw new NotFound('There is no such tip. Its source may have erased it, or it was shredded.')
    return tip
  }

  /** Unpinned tips that are shredded within the days of the warning. */
  const endingSoon = async (): Promise<TipFilter> => {
    const { retentionDays } = await repository.settings()
    return { silentSince: dayAfter(await store.today(), WARNING_DAYS - retentionDays) }
  }

  const filterOf = async ({ state, show }: InboxQuery, actor: Actor): Promise<TipFilter> => ({
    state,
    ...(show === 'mine' && { assigned: actor.id }),
    ...(show === 'expiring' && (await endingSoon())),
  })

  const describe = async (tips: Tip[], colleagues: Colleague[]): Promise<Line[]> => {
    const [settings, today] = [await repository.settings(), await store.today()]
    const counts = new Map(
      (await repository.partCounts(tips.map(({ id }) => id))).map(row => [row.tipId, row]),
    )
    return tips.map(tip => {
      const { messages = 0, files = 0, replies = 0 } = counts.get(tip.id) ?? {}
      const left = expiring(tip, settings, today)
      return {
        ...{ ...tip, messages, files, replies, name: tip.id.slice(0, 6) },
        assignee: nameOf(tip.assigned, colleagues),
        daysLeft: left !== undefined && left <= WARNING_DAYS ? left : undefined,
      }
    })
  }

  const note = (
    actor: Actor,
    { id, day }: Tip,
    { action, details = {} }: { action: string; details?: Record<string, string | number | boolean> },
    deed: () => Promise<void>,
  ): Promise<void> => {
    const subject = { kind: 'tip', id, label: `${id.slice(0, 6)} of ${day}` }
    return deeds.noted(actor, { action, subject, details }, deed)
  }

  return {
    /** A page of the inbox, the latest message first, and how many tips each state has. */
    async page(query: InboxQuery, actor: Actor) {
      const filter = await filterOf(query, actor)
      const found = await repository.list(PAGE + 1, { ...filter, after: query.after })
      const lines = await describe(found.slice(0, PAGE), await people.colleagues())
      const last = found.length > PAGE ? lines.at(-1) : undefined
      return { lines, next: last && `${last.lastDay}.${last.id}` }
    },

    /** How many tips each state has, with what else narrows the list; counted up to a thousand each. */
    async counts(query: InboxQuery, actor: Actor): Promise<Record<TipState, number>> {
      const filter = await filterOf(query, actor)
      const count = (state: TipState) => repository.count(MOST_COUNTED, { ...filter, state })
      return {
        new: await count('new'),
        read: await count('read'),
        replied: await count('replied'),
        verifying: await count('verifying'),
        closed: await count('closed'),
      }
    },

    /** How many tips are shredded within a week unless somebody writes or pins them; at most a thousand are counted. */
    expiring: async () => repository.count(MOST_COUNTED, await endingSoon()),

    holdsKey: (actor: Actor) => people.holdsKey(actor.id),

    /** @throws NotFound */
    async one(id: string): Promise<Case> {
      const tip = await known(id)
      const [colleagues, settings] = [await people.colleagues(), await repository.settings()]
      const [line] = await describe([tip], colleagues)
      const batches = await withSizes(tip.id, await repository.parts(tip.id))
      const expires = expiring(tip, settings, await store.today())
      return { ...(line as Line), batches, colleagues, expires }
    },

    async setState(actor: Actor, id: string, state: TipState): Promise<void> {
      const tip = await known(id)
      if (tip.state === state) return
      const details = { from: tip.state, to: state }
      await note(actor, tip, { action: 'marked', details }, () => repository.setState(id, state))
    },

    /** Somebody's browser has opened a tip: a new one is read now. */
    async opened(actor: Actor, id: string): Promise<void> {
      const tip = await known(id)
      if (tip.state !== 'new') return
      await note(actor, tip, { action: 'opened' }, () => repository.setState(id, 'read'))
    },

    /** @param account who sees to it from now on; empty for nobody */
    async assign(actor: Actor, id: string, account: string): Promise<void> {
      const tip = await known(id)
      if ((tip.assigned ?? '') === account) return
      const colleague = (await people.colleagues()).find(person => person.id === account)
      if (account && !colleague)
        throw new Invalid('Only owners and editors who are at work can see to a tip.')
      const details = { to: colleague?.name ?? 'nobody' }
      await note(actor, tip, { action: 'assigned', details }, () => repository.assign(id, account || null))
    },

    /** Unpinned, it is kept for its time, and for the days of the warning in any case. */
    async pin(actor: Actor, id: string, pinned: boolean): Promise<void> {
      const tip = await known(id)
      if (tip.pinned === pinned) return
      if (pinned) return note(actor, tip, { action: 'pinned' }, () => repository.pin(id))
      const spared = sparedUntil(await store.today())
      await note(actor, tip, { action: 'unpinned' }, () => repository.unpin(id, spared))
    },

    /**
     * Keeps a reply or a note that a browser has sealed.
     * @throws Invalid when it is not sealed to everybody it has to be
     */
    async write(actor: Actor, id: string, kind: 'reply' | 'note', sealed: Uint8Array): Promise<void> {
      const tip = await known(id)
      if (kind === 'reply' && !tip.sourceKey)
        throw new Conflict('This tip came before sources had keys, so no reply can be sealed to its source.')
      mustBeSealed(sealed, (await recipients()).length + (kind === 'reply' ? 1 : 0))
      const action = kind === 'reply' ? 'replied' : 'noted'
      await note(actor, tip, { action }, () => keep(id, kind, sealed))
    },

    /** Removes a tip for good, rows and files. */
    async shred(actor: Actor, id: string): Promise<void> {
      const tip = await known(id)
      await note(actor, tip, { action: 'shredded' }, () => store.shred(id))
    },
  }

  async function keep(tipId: string, kind: 'reply' | 'note', content: Uint8Array): Promise<void> {
    const staged = store.sealed.stage([])
    try {
      await staged.sealed(0, Readable.from([content]))
      const enter = async (tx: Database): Promise<boolean> => {
        const inside = tipsRepository(tx)
        if (!(await inside.byId(tipId))) return false
        if (kind === 'reply') await inside.setState(tipId, 'replied')
        return true
      }
      if (!(await store.keep({ tipId, kind, day: await store.today(), staged, enter }))) throw new NotFound()
    } finally {
      await staged.discard()
    }
  }

  async function withSizes(tipId: string, parts: Part[]): Promise<Batch[]> {
    const batches: Batch[] = []
    for (const part of parts) {
      if (batches.at(-1)?.number !== part.batch)
        batches.push({ number: part.batch, kind: part.kind, day: part.day, parts: [] })
      const size = await store.sealed.size(tipId, part)
      batches.at(-1)?.parts.push({ number: part.number, size })
    }
    return batches
  }
}

// Which keys a file is sealed to does not stand in it, so only their number can be checked.
function mustBeSealed(sealed: Uint8Array, keys: number): void {
  const header = parseAgeHeader(sealed)
  if (!header) throw new Invalid('This is no sealed message. Nothing was kept.')
  if (header.stanzas.length !== keys || x25519Recipients(header) !== keys)
    throw new Conflict(
      'It is not sealed to exactly those who have a key by now. Open the tip again, then write it once more.',
    )
}

function nameOf(account: string | null, colleagues: Colleague[]): string {
  if (!account) return ''
  return colleagues.find(({ id }) => id === account)?.name ?? 'Somebody who has left'
}
