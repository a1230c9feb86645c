import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { ReaderTokens } from '../tokens.js'
import { allowanceRepository } from './allowance.repository.js'

export interface AllowanceServices {
  clock: Clock
  ids: Ids
  tokens: ReaderTokens
  /** false lifts every limit, for load tests */
  limits: boolean
}

/** Whether an address may be written to: now, later, or not again, since it had its share. */
export type Verdict = 'now' | 'later' | 'enough'

export type Allowance = ReturnType<typeof allowanceService>

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Mails an hour to one address. */
const PER_ADDRESS = 3
/** Mails an hour to one domain, more to those where many readers have their mailbox. */
const PER_DOMAIN = 50
/** Mails an hour in all, and for how many readers on the list there is one more; six hours' worth make a day's. */
const IN_ALL = 500
const READERS_FOR_ONE_MORE = 50
const HOURS_IN_A_DAY = 6
const MOST_READERS = 100_000
const SAMPLE = 1_000

/**
 * How much mail sign-ups may cause, so that programs that enter thousands of addresses do not turn the paper into a cannon. It is
 * measured over what was really queued, and so outlasts restarts and counts for all clients together.
 */
export function allowanceService({ clock, ids, tokens, limits }: AllowanceServices) {
  const ago = (milliseconds: number) => new Date(clock().getTime() - milliseconds).toISOString()

  const isAllUsed = async (db: Database, share: number): Promise<boolean> => {
    const repository = allowanceRepository(db)
    const isUsed = async (most: number) =>
      (await repository.count(ago(HOUR), most)) >= most ||
      (await repository.count(ago(DAY), most * HOURS_IN_A_DAY)) >= most * HOURS_IN_A_DAY
    if (!(await isUsed(Math.floor(IN_ALL * share)))) return false
    // Counting the list costs, so it is done only when the usual is used up.
    const readers = await repository.countReaders(MOST_READERS)
    return isUsed(Math.floor(Math.max(IN_ALL, readers / READERS_FOR_ONE_MORE) * share))
  }

  const isDomainUsed = async (db: Database, domain: string): Promise<boolean> => {
    const repository = allowanceRepository(db)
    const used = async (most: number) => (await repository.countToDomain(domain, ago(HOUR), most)) >= most
    if (!(await used(PER_DOMAIN))) return false
    const { there, of } = await repository.shareOfDomain(domain, SAMPLE)
    return used(Math.max(PER_DOMAIN, Math.floor((IN_ALL * there) / Math.max(of, 100))))
  }

  return {
    /**
     * @param key of the address
     * @param share of all mail that may be used up: 1 for who signs up now, less for who has waited, so that a flood that waits
     *   does not take everybody's turn
     */
    async judge(db: Database, key: string, share = 1): Promise<Verdict> {
      if (!limits) return 'now'
      const sent = await allowanceRepository(db).countTo(tokens.fold(key), ago(HOUR), PER_ADDRESS)
      if (sent >= PER_ADDRESS) return 'enough'
      return (await isDomainUsed(db, domainOf(key))) || (await isAllUsed(db, share)) ? 'later' : 'now'
    },

    /** Counts a mail, in the transaction that queues it. */
    async note(tx: Database, key: string): Promise<void> {
      if (!limits) return
      await allowanceRepository(tx).removeBefore(ago(DAY))
      const mail = { id: ids(), at: clock().toISOString(), address: tokens.fold(key), domain: domainOf(key) }
      await allowanceRepository(tx).add(mail)
    },
  }
}

/** The part of an address after the @. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
