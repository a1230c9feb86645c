import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { withoutAddresses } from '../../foundation/log.js'
import type { Outcome } from '../../mail/index.js'
import { nextTry } from './back-off.js'
import { deliveriesRepository } from './deliveries.repository.js'
import type { Claimed } from './schema.js'
import type { Tally } from './tally.js'

/** Told of a reader's address that a relay refused for good, in the transaction that notes it. */
export type OnRefused = (
  tx: Database,
  refusal: { readerId: string; issueId: string; reason: string },
) => Promise<void>

const LONGEST_REASON = 200

/** An answer as the ledger keeps it: short, and without the address that relays repeat. */
function shortReason(answer: string): string {
  const text = withoutAddresses(answer).replace(/\s+/g, ' ').trim()
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON - 1)}…` : text
}

/** Writes down what became of mails. */
export function settlements({
  clock,
  worker,
  onRefused,
}: {
  clock: Clock
  worker(): string
  onRefused?: OnRefused | undefined
}) {
  return {
    /** Marks a row before its mail goes out. @returns the address; undefined when it is not to go, which is noted then */
    async mark(tx: Database, tally: Tally, row: Claimed): Promise<string | undefined> {
      const deliveries = deliveriesRepository(tx)
      const now = clock().toISOString()
      const to = await deliveries.mark(row, worker(), now)
      if (to !== undefined) return to
      if (await deliveries.getsMail(row.readerId)) {
        // Paused or cancelled meanwhile: the row goes back to where it was.
        const nextAttempt = ''
        await deliveries.putBack(row, worker(), { now, reason: null, attempts: row.attempts, nextAttempt })
        return undefined
      }
      const gone = { now, reason: 'left the list before it was sent', attempts: row.attempts }
      if (await deliveries.fail(row, worker(), gone)) {
        tally(row.issueId, { queued: -1, failed: 1 })
      }
      return undefined
    },

    /** @param started when the issue began to go out, in milliseconds */
    async settle(
      tx: Database,
      tally: Tally,
      { row, outcome, relay, started }: { row: Claimed; outcome: Outcome; relay: string; started: number },
    ): Promise<void> {
      const deliveries = deliveriesRepository(tx)
      const now = clock().toISOString()
      const { issueId, readerId } = row
      if (outcome.kind === 'accepted') {
        if (await deliveries.accept(row, worker(), now, relay)) tally(issueId, { queued: -1, accepted: 1 })
        return
      }
      const reason = shortReason(outcome.reason)
      if (outcome.kind === 'unknown') {
        if (await deliveries.lose(row, worker(), { now, reason, relay }))
          tally(issueId, { queued: -1, unknown: 1 })
        return
      }
      const counted = outcome.kind === 'refused' || outcome.of === 'recipient' ? 1 : 0
      const attempts = row.attempts + counted
      const givenUp = outcome.kind === 'later'
      if (outcome.kind === 'later') {
        const next = counted ? nextTry(attempts, clock().getTime(), started) : 0
        if (next !== undefined) {
          const nextAttempt = next ? new Date(next).toISOString() : ''
          await deliveries.putBack(row, worker(), { now, reason, attempts, nextAttempt })
          return
        }
      }
      if (!(await deliveries.fail(row, worker(), { now, reason, relay, attempts, givenUp }))) return
      tally(issueId, { queued: -1, failed: 1 })
      // What a relay has against us, or the mail, is no fault of the address.
      if (outcome.kind === 'refused' && (outcome.of ?? 'recipient') === 'recipient')
        await onRefused?.(tx, { readerId, issueId, reason: outcome.reason })
    },

    /** Puts a row off that was not begun, since its domain rests. */
    async postpone(tx: Database, row: Claimed, until: string): Promise<void> {
      const back = {
        now: clock().toISOString(),
        reason: null,
        attempts: row.attempts,
        nextAttempt: until,
      }
      await deliveriesRepository(tx).putBack(row, worker(), back)
    },
  }
}

export type Settlements = ReturnType<typeof settlements>
