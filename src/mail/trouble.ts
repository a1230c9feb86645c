import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { outboxRepository } from './repository.js'

/** A mail that did not go out, as the desk may know of it: readers' addresses stay in the outbox. */
export interface Trouble {
  id: string
  subject: string
  /** where it should go: the part after the @ */
  domain: string
  state: 'failed' | 'late'
  attempts: number
  reason: string
  created: string
}

const SHOWN = 5
const MOST_COUNTED = 1_000
// A relay that is down for an hour is worth a look; greylisting takes minutes.
const LATE = 3_600_000

/** Mail that was given up or has waited for more than an hour: the first few, and how many in all. */
export async function mailTrouble(db: Database, clock: Clock): Promise<{ count: number; first: Trouble[] }> {
  const repository = outboxRepository(db)
  const since = new Date(clock().getTime() - LATE).toISOString()
  const rows = await repository.troubled(since, SHOWN)
  const first = rows.slice(0, SHOWN).map(({ id, subject, recipient, status, attempts, reason, created }) => ({
    ...{ id, subject },
    domain: recipient.slice(recipient.lastIndexOf('@') + 1),
    state: status === 'failed' ? ('failed' as const) : ('late' as const),
    attempts,
    reason: withoutAddresses(reason ?? ''),
    created,
  }))
  return { count: await repository.countTroubled(since, MOST_COUNTED), first }
}

// Relays repeat the address that they refuse.
function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"(),:;]+@/g, '…@')
}
