import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Claims } from './claims.js'
import { deliveriesRepository } from './deliveries.repository.js'
import type { Domains } from './domains.js'
import { mailingsRepository } from './mailings.repository.js'
import type { Claimed } from './schema.js'
import type { Ledger } from './tally.js'

// For how long it is believed that no other domain waits.
const ALONE = 1_000
const MOST_MAILINGS = 20

export interface InHandServices {
  db: Database
  clock: Clock
  ledger: Ledger
  claims: Claims
  domains: Domains
  /** how many rows are claimed at once: as many as connections; at most twice as many are in hand */
  width(): number
  /** the id under which rows are claimed */
  worker(): string
}

export type InHand = ReturnType<typeof inHand>

/** The few rows that this program has claimed and not begun, whatever the size of the list. */
export function inHand({ db, clock, ledger, claims, domains, width, worker }: InHandServices) {
  let rows: Claimed[] = []
  let filling: Promise<number> | undefined
  let aloneUntil = 0

  const fill = (without: string[]): Promise<number> => {
    filling ??= claimMore(without).finally(() => {
      filling = undefined
    })
    return filling
  }

  // The oldest issue first; the next one while the older only waits for second tries.
  const claimMore = async (without: string[]): Promise<number> => {
    for (const { issueId } of await mailingsRepository(db).inState('sending', MOST_MAILINGS)) {
      const next = await deliveriesRepository(db).nextAttempt(issueId)
      if (next === undefined || next > clock().toISOString()) continue
      const claimed = await ledger(async tx => {
        const now = clock().toISOString()
        const resting = domains.resting()
        if (resting) await claims.postpone(tx, { issueId, now, ...resting })
        return claims.claim(tx, {
          issueId,
          worker: worker(),
          now,
          limit: Math.max(1, Math.min(width(), 2 * width() - rows.length)),
          without,
        })
      })
      rows.push(...claimed)
      if (claimed.length) return claimed.length
    }
    return 0
  }

  const roomy = (): Claimed | undefined => {
    const index = rows.findIndex(row => domains.hasRoom(row.domain))
    return index < 0 ? undefined : begin(index)
  }

  // Counted at once: several connections ask at the same time.
  const begin = (index: number): Claimed | undefined => {
    const [row] = rows.splice(index, 1)
    if (row) domains.began(row.domain)
    return row
  }

  // All that is in hand goes to domains with their share under way: is there mail for others?
  const othersWait = async (): Promise<boolean> => {
    if (rows.length >= 2 * width() || aloneUntil > clock().getTime()) return false
    if ((await fill(domains.full())) > 0) return true
    aloneUntil = clock().getTime() + ALONE
    return false
  }

  return {
    /** The next row to send; undefined when none is due. A domain with its share under way waits while others do. */
    async take(): Promise<Claimed | undefined> {
      for (;;) {
        const fair = roomy()
        if (fair) return fair
        if (filling) await filling
        else if (rows.length === 0 && (await fill([])) === 0) return undefined
        else if (rows.length && !(await othersWait())) return begin(0)
      }
    },

    /** Claims ahead, so that nobody waits for it. */
    prepare(): void {
      if (rows.length < width() / 2 && !filling) void fill([]).catch(() => undefined)
    },

    return(row: Claimed): void {
      rows.unshift(row)
    },

    /** Forgets all of them, without a word to the database. */
    drop(): void {
      rows = []
    },
  }
}
