import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import type { MailService } from '../../mail/index.js'
import { parseAddress } from '../address.js'
import type { Subscriber } from '../schema.js'
import { type Allowance, domainOf } from './allowance.js'
import type { Confirmations } from './confirmations.js'
import { waitingRepository } from './waiting.repository.js'

export interface WaitingServices {
  db: Database
  clock: Clock
  log: Log
  mail: Pick<MailService, 'wake'>
  allowance: Allowance
  confirmations: Confirmations
}

/** What editors are told of sign-ups that are held back. */
export interface HeldBack {
  waiting: number
  /** of them those of the last hour */
  lately: number
  /** where most of them have their mailbox */
  most: { domain: string; count: number } | undefined
  /** whether those who sign up now are asked to come back later */
  full: boolean
}

export type WaitingService = ReturnType<typeof waitingService>

const HOUR = 3_600_000
// What a flood can put by for later; who comes after that is told to try again.
const MOST_WAITING = 1_000
const DOMAINS_A_ROUND = 200
// Those who sign up now keep half of the mail for themselves.
const SHARE = 0.5

/** Readers whose confirmation waits until sign-ups may cause mail again; each domain has its turn. */
export function waitingService(services: WaitingServices) {
  const { db, clock, log, mail, allowance, confirmations } = services
  const repository = waitingRepository(db)

  const isStillAsked = ({ status, suppressed }: Subscriber) => status === 'pending' && suppressed === null

  /** @returns whether the next of the domain may have its turn */
  const send = async (domain: string): Promise<boolean> => {
    const reader = await repository.first(domain)
    if (!reader) return false
    if (!isStillAsked(reader)) return repository.remove(reader.id)
    const key = parseAddress(reader.email)?.key ?? reader.email
    const verdict = await allowance.judge(db, key, SHARE)
    if (verdict === 'enough') return repository.remove(reader.id)
    if (verdict === 'later') return false
    const confirmation = (await confirmations.composer())(reader)
    return db.transaction(async tx => {
      if (!(await waitingRepository(tx).remove(reader.id))) return true
      await allowance.note(tx, key)
      await confirmations.queue(tx, confirmation)
      return true
    })
  }

  const sendWaiting = async (): Promise<void> => {
    let domains = await repository.domains(DOMAINS_A_ROUND)
    const some = domains.length > 0
    while (domains.length) {
      const again: string[] = []
      for (const domain of domains) if (await send(domain)) again.push(domain)
      domains = again
    }
    if (some) mail.wake()
  }

  const { round, start, stop } = rounds({
    work: sendWaiting,
    next: async () => undefined,
    failure: 'sign-ups that wait cannot be written to',
    clock,
    log,
  })

  return {
    ...{ start, stop },
    /** Writes to those who wait, as far as that is allowed now. */
    sendWaiting: round,

    async isFull(tx: Database): Promise<boolean> {
      return (await waitingRepository(tx).count(MOST_WAITING)) >= MOST_WAITING
    },

    async has(tx: Database, readerId: string): Promise<boolean> {
      return waitingRepository(tx).has(readerId)
    },

    /** Lets a reader wait, in the transaction that takes the sign-up. */
    async add(tx: Database, readerId: string, key: string): Promise<void> {
      await waitingRepository(tx).add(readerId, clock().toISOString(), domainOf(key))
    },

    /** Takes a reader out who was written to after all. */
    async remove(tx: Database, readerId: string): Promise<void> {
      await waitingRepository(tx).remove(readerId)
    },

    /** How many wait, at most a thousand. */
    count: (): Promise<number> => repository.count(MOST_WAITING),

    /** What is held back; undefined when nothing is. */
    async heldBack(): Promise<HeldBack | undefined> {
      const most = await repository.mostAt()
      if (!most) return undefined
      const since = new Date(clock().getTime() - HOUR).toISOString()
      const waiting = await repository.count(MOST_WAITING)
      const lately = await repository.countSince(since)
      return { waiting, lately, most, full: waiting >= MOST_WAITING }
    },

    /** Confirmations that waited when the database was put back from a backup. */
    held: {
      hold: (tx: Database): Promise<number> => waitingRepository(tx).hold(),
      count: (): Promise<number> => repository.countHeld(MOST_WAITING),
      release: (tx: Database): Promise<number> => waitingRepository(tx).release(),
      discard: (tx: Database): Promise<number> => waitingRepository(tx).discard(),
    },
  }
}
