import { createHmac } from 'node:crypto'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import type { Ring } from '../foundation/secret.js'
import { auditRepository } from './repository.js'
import type { Deed, End, Entry, Filter } from './schema.js'

export interface AuditServices {
  db: Database
  clock: Clock
  /** its newest key marks the entries, so that who has only the database cannot forge one */
  ring: Ring
}

export type AuditService = ReturnType<typeof auditService>

const BATCH = 1_000
const PAGE = 50

/** The trail of who did what to what: added to, never changed, each entry chained to the one before. */
export function auditService({ db, clock, ring }: AuditServices) {
  const { newest } = ring
  const markOf = (entry: Entry, key: Buffer): string =>
    createHmac('sha256', key).update(canonical(entry)).digest('hex')

  const sealOf = (number: number, mark: string, key: Buffer): string =>
    createHmac('sha256', key).update(`end ${number} ${mark}`).digest('hex')

  const isSealed = ({ number, mark, seal }: End, key: Buffer): boolean =>
    number === 0 || seal === sealOf(number, mark, key)

  /** The key that sealed the end is the newest, but for the deed which tells that it replaced another. */
  const isGenuine = (end: End, next: Pick<Entry, 'action' | 'subjectId'>): boolean =>
    isSealed(end, newest) || (isReplacement(next) && ring.older.some(key => isSealed(end, key)))

  return {
    /**
     * Notes a deed in the transaction that does it. Without an actor it was the program itself. An end that nobody sealed, since
     * entries were cut off, is not followed: this entry goes on from nothing, for good, and `verify` tells of it.
     */
    async record(
      tx: Database,
      actor: Pick<Actor, 'id' | 'name'> | undefined,
      { action, subject, details }: Deed,
    ): Promise<void> {
      const repository = auditRepository(tx)
      const end = await repository.end()
      const entry: Entry = {
        number: end.number + 1,
        at: clock().toISOString(),
        accountId: actor?.id ?? null,
        accountName: actor?.name ?? 'Handpress',
        action,
        subjectKind: subject.kind,
        subjectId: subject.id,
        subjectLabel: subject.label,
        details: JSON.stringify(details ?? {}),
        previous: isGenuine(end, { action, subjectId: subject.id }) ? end.mark : '',
        mark: '',
      }
      const mark = markOf(entry, newest)
      await repository.append({ ...entry, mark }, sealOf(entry.number, mark, newest))
    },

    /**
     * A page of the trail, newest first.
     * @param before the number of the entry that it ends before; without it the newest are given
     * @returns the entries, and before which the next page begins
     */
    async page(
      filter: Filter,
      before = Number.MAX_SAFE_INTEGER,
    ): Promise<{ entries: Entry[]; next?: number }> {
      const entries = await auditRepository(db).before(before, filter, PAGE + 1)
      const next = entries.length > PAGE ? entries[PAGE - 1]?.number : undefined
      return { entries: entries.slice(0, PAGE), ...(next && { next }) }
    },

    /** What the page can be filtered by. */
    async choices(): Promise<{ people: { id: string; name: string }[]; kinds: string[] }> {
      const [people, kinds] = [await auditRepository(db).people(), await auditRepository(db).kinds()]
      return { people: people.sort((a, b) => a.name.localeCompare(b.name)), kinds }
    },

    /** Whether the newest entries about keys tell of such a deed. */
    async tellsOf({ action, subject, details }: Deed): Promise<boolean> {
      const entries = await auditRepository(db).before(
        Number.MAX_SAFE_INTEGER,
        { person: undefined, kind: subject.kind },
        PAGE,
      )
      const said = JSON.stringify(details ?? {})
      return entries.some(
        entry => entry.action === action && entry.subjectId === subject.id && entry.details === said,
      )
    },

    /**
     * Walks the whole chain. An older key is believed up to the entry which tells that it was replaced, and not after: that entry, by
     * the key that came after it, holds the mark of the one before, so with the older key alone none of the earlier ones can be
     * changed any more either.
     * @returns how many entries it has and a sentence for everything that does not fit
     */
    async verify(): Promise<{ entries: number; problems: string[] }> {
      const repository = auditRepository(db)
      const problems: string[] = []
      const keys = [...ring.older.toReversed(), newest]
      let key = keys[0] as Buffer
      const successorAt = (entry: Entry): Buffer | undefined =>
        isReplacement(entry) || entry.number === 1
          ? keys.slice(keys.indexOf(key) + 1).find(later => markOf(entry, later) === entry.mark)
          : undefined
      let last = { number: 0, mark: '' }
      let entries = 0
      for (;;) {
        const batch = await repository.after(last.number, BATCH)
        for (const entry of batch) {
          entries += 1
          if (entry.number !== last.number + 1)
            problems.push(`Entries ${last.number + 1} to ${entry.number - 1} are missing.`)
          else if (entry.previous !== last.mark)
            problems.push(`Entry ${entry.number} does not follow entry ${last.number}.`)
          key = successorAt(entry) ?? key
          if (markOf(entry, key) !== entry.mark) problems.push(`Entry ${entry.number} was changed.`)
          last = { number: entry.number, mark: entry.mark }
        }
        if (batch.length < BATCH) break
      }
      const end = await repository.end()
      if (end.number > last.number) problems.push(`Entries ${last.number + 1} to ${end.number} are missing.`)
      else if (end.number < last.number || end.mark !== last.mark || !isSealed(end, key))
        problems.push('The end of the trail was changed.')
      if (entries > 0 && key !== newest) problems.push(unfinished)
      return { entries, problems }
    },
  }
}

const unfinished =
  'The trail does not go on with the newest audit-key. If the key was replaced just now, start the program once; else entries were cut off.'

/** Written in the transaction that goes over to another key; nothing else is an entry of this kind. */
function isReplacement({ action, subjectId }: Pick<Entry, 'action' | 'subjectId'>): boolean {
  return action === 'replaced-key' && subjectId === 'audit-key'
}

function canonical({ mark: _, ...entry }: Entry): string {
  return JSON.stringify(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
}
