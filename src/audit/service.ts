import { createHmac } from 'node:crypto'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { auditRepository } from './repository.js'
import type { Deed, End, Entry, Filter } from './schema.js'

export interface AuditServices {
  db: Database
  clock: Clock
  /** marks the entries; who has only the database cannot forge one */
  key: Buffer
}

export type AuditService = ReturnType<typeof auditService>

const BATCH = 1_000
const PAGE = 50

/** The trail of who did what to what: added to, never changed, each entry chained to the one before. */
export function auditService({ db, clock, key }: AuditServices) {
  const markOf = (entry: Entry): string => createHmac('sha256', key).update(canonical(entry)).digest('hex')

  const sealOf = (number: number, mark: string): string =>
    createHmac('sha256', key).update(`end ${number} ${mark}`).digest('hex')

  const isSealed = ({ number, mark, seal }: End): boolean => number === 0 || seal === sealOf(number, mark)

  return {
    /** Notes a deed in the transaction that does it. Without an actor it was the program itself. */
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
        previous: end.mark,
        mark: '',
      }
      const mark = markOf(entry)
      await repository.append({ ...entry, mark }, sealOf(entry.number, mark))
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

    /** Walks the whole chain. @returns how many entries it has and a sentence for everything that does not fit */
    async verify(): Promise<{ entries: number; problems: string[] }> {
      const repository = auditRepository(db)
      const problems: string[] = []
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
          if (markOf(entry) !== entry.mark) problems.push(`Entry ${entry.number} was changed.`)
          last = { number: entry.number, mark: entry.mark }
        }
        if (batch.length < BATCH) break
      }
      const end = await repository.end()
      if (end.number > last.number) problems.push(`Entries ${last.number + 1} to ${end.number} are missing.`)
      else if (end.number < last.number || end.mark !== last.mark || !isSealed(end))
        problems.push('The end of the trail was changed.')
      return { entries, problems }
    },
  }
}

function canonical({ mark: _, ...entry }: Entry): string {
  return JSON.stringify(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
}
