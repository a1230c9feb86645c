import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { parseAddress } from '../address.js'
import { newsletterRepository } from '../sign-up/repository.js'
import type { ReaderTokens } from '../tokens.js'
import { suppressionsRepository } from './repository.js'
import type { Suppression, SuppressionReason } from './schema.js'

export interface SuppressionServices {
  clock: Clock
  ids: Ids
  tokens: ReaderTokens
}

export type Suppressions = ReturnType<typeof suppressionsService>

/** The list of addresses that get no mail; it wins over every sign-up and import. */
export function suppressionsService({ clock, ids, tokens }: SuppressionServices) {
  const now = () => clock().toISOString()

  return {
    /** Why an address gets no mail, if it stands on the list. @param key folded, as `parseAddress` makes it */
    async of(db: Database, key: string): Promise<Suppression | undefined> {
      return suppressionsRepository(db).byHash(tokens.fold(key))
    },

    /** Puts an address on the list and marks its reader, in the transaction of what caused it. */
    async add(
      tx: Database,
      { email, reason, detail }: { email: string; reason: SuppressionReason; detail: string },
    ): Promise<void> {
      const key = parseAddress(email)?.key ?? email.toLowerCase()
      const kept = reason === 'erased' ? null : email
      await suppressionsRepository(tx).add({ hash: tokens.fold(key), email: kept, reason, detail, at: now() })
      const readerId = await suppressionsRepository(tx).mark(key, reason)
      if (readerId) await note(tx, readerId, 'suppressed', `${reason}: ${detail}`)
    },

    /** Takes a line of a list over as it is. @returns whether it is new */
    async take(tx: Database, line: Suppression): Promise<boolean> {
      if (!(await suppressionsRepository(tx).add(line))) return false
      if (line.email) await this.apply(tx, parseAddress(line.email)?.key ?? line.email.toLowerCase())
      return true
    },

    /** Marks the reader of an address that stands on the list. */
    async apply(tx: Database, key: string): Promise<void> {
      const found = await this.of(tx, key)
      const readerId = found && (await suppressionsRepository(tx).mark(key, found.reason))
      if (readerId) await note(tx, readerId, 'suppressed', `${found.reason}: ${found.detail}`)
    },

    /** Takes an address off the list. @returns whether it stood there */
    async lift(tx: Database, key: string, detail: string): Promise<boolean> {
      const stood = await suppressionsRepository(tx).remove(tokens.fold(key))
      const readerId = stood ? await suppressionsRepository(tx).mark(key, null) : undefined
      if (readerId) await note(tx, readerId, 'lifted', detail)
      return stood
    },

    /** Lets somebody who was erased come back by their own consent; whatever else stands against an address stays. */
    async liftErased(tx: Database, email: string): Promise<void> {
      const key = parseAddress(email)?.key ?? email.toLowerCase()
      const suppression = await this.of(tx, key)
      if (suppression?.reason === 'erased') await this.lift(tx, key, 'signed up again')
    },
  }

  async function note(tx: Database, subscriberId: string, event: string, detail: string): Promise<void> {
    await newsletterRepository(tx).addConsent({
      ...{ id: ids(), subscriberId, at: now(), event, form: 'suppressions', wording: '' },
      detail: detail.slice(0, 500),
    })
  }
}
