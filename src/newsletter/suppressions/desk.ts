import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import { parseAddress } from '../address.js'
import type { ReaderTokens } from '../tokens.js'
import { type Place, suppressionsRepository } from './repository.js'
import type { NewSuppression, Suppression } from './schema.js'
import type { Suppressions } from './service.js'

export interface SuppressionDeskServices {
  db: Database
  clock: Clock
  audit: AuditService
  tokens: ReaderTokens
  suppressions: Suppressions
}

export type SuppressionDesk = ReturnType<typeof suppressionDesk>

const PAGE = 50
const DAY = 86_400_000
const gone = 'This address is not on the list any more. Look at the list again.'

/** What the desk does with the list. The trail names addresses by their hashes: it must not remember who was erased. */
export function suppressionDesk({ db, clock, audit, tokens, suppressions }: SuppressionDeskServices) {
  const record = (tx: Database, actor: Actor, action: string, { hash, email, reason }: Suppression) =>
    audit.record(tx, actor, {
      action,
      subject: {
        kind: 'suppression',
        id: hash,
        label: email ? `An address at ${domainOf(email)}` : 'An address',
      },
      details: { reason },
    })

  const search = async (query: string, place: Place | undefined): Promise<Suppression[]> => {
    const start = query.toLowerCase()
    const rows = await suppressionsRepository(db).beginningWith(start, place, PAGE + 1)
    // Erased addresses are known by their hash only, so the whole address finds them.
    const key = place ? undefined : parseAddress(query)?.key
    const exact = key && (await suppressions.of(db, key))
    return exact && !rows.some(({ hash }) => hash === exact.hash) ? [exact, ...rows] : rows
  }

  const standing = async (tx: Database, hash: string): Promise<Suppression> => {
    const found = await suppressionsRepository(tx).byHash(hash)
    if (!found) throw new NotFound(gone)
    return found
  }

  return {
    /** A page of the list: newest first, or those that begin with a text by their addresses. */
    async page(query: string, place?: Place): Promise<{ rows: Suppression[]; next?: Place | undefined }> {
      const found = query
        ? await search(query, place)
        : await suppressionsRepository(db).newest(place, PAGE + 1)
      const rows = found.slice(0, PAGE)
      const last = found.length > PAGE ? rows.at(-1) : undefined
      return {
        rows,
        next: last && { by: query ? (last.email ?? '').toLowerCase() : last.at, hash: last.hash },
      }
    },

    /** How many there are for each reason. */
    async counts(): Promise<Record<string, number>> {
      const rows = await suppressionsRepository(db).counts()
      return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]))
    },

    /** Puts an address on the list. @throws Conflict when it stands there already */
    async add(actor: Actor, { email, note }: NewSuppression): Promise<void> {
      await db.transaction(async tx => {
        if (await suppressions.of(tx, email.key))
          throw new Conflict('This address is on the list already. Look for it below.')
        await suppressions.add(tx, { email: email.address, reason: 'editor', detail: note })
        await record(tx, actor, 'suppressed', await standing(tx, tokens.fold(email.key)))
      })
    },

    /** Takes an address off the list; it can be put back for a day. @throws NotFound, Conflict when it is that of somebody erased */
    async lift(actor: Actor, hash: string): Promise<Suppression> {
      return db.transaction(async tx => {
        const found = await standing(tx, hash)
        if (found.email === null)
          throw new Conflict('Only the reader can bring an erased address back, by signing up again.')
        const now = clock()
        await suppressions.lift(tx, keyOf(found.email), 'by an editor')
        const forget = new Date(now.getTime() - DAY).toISOString()
        await suppressionsRepository(tx).remember(found, now.toISOString(), forget)
        await record(tx, actor, 'lifted', found)
        return found
      })
    },

    /** Puts back what was lifted, as it was. @throws NotFound when that is more than a day ago */
    async restore(actor: Actor, hash: string): Promise<Suppression> {
      return db.transaction(async tx => {
        const since = new Date(clock().getTime() - DAY).toISOString()
        const found = await suppressionsRepository(tx).recall(hash, since)
        if (found?.email == null) throw new NotFound('This is more than a day ago. Add the address again.')
        await suppressions.take(tx, { ...found, email: found.email })
        await record(tx, actor, 'suppressed', found)
        return found
      })
    },
  }
}

function keyOf(email: string): string {
  return parseAddress(email)?.key ?? email.toLowerCase()
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}
