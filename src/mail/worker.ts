import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { type Log, withoutAddresses } from '../foundation/log.js'
import { outboxRepository } from './repository.js'
import type { Waiting } from './schema.js'
import { spread, type Transport, Undelivered } from './transport.js'

const BATCH = 20
const MINUTE = 60_000
const POLL = 30_000

// One minute, then twice as long each time up to six hours: about three days in all.
const LONGEST_WAIT = 360 * MINUTE
const MOST_ATTEMPTS = 20

export interface WorkerServices {
  db: Database
  clock: Clock
  transport: Transport
  log: Log
}

/** Takes due mail from the outbox to the transport. */
export function mailWorker({ db, clock, transport, log }: WorkerServices) {
  const outbox = outboxRepository(db)
  let running = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()

  const deliver = async (mail: Waiting): Promise<void> => {
    try {
      await transport.deliver(mail)
      await outbox.remove(mail.id)
    } catch (error) {
      await note(mail, error as Error)
    }
  }

  const note = async (mail: Waiting, error: Error): Promise<void> => {
    const reason = withoutAddresses(error.message).slice(0, 300)
    const final = error instanceof Undelivered && error.final
    if (final || mail.attempts + 1 >= MOST_ATTEMPTS) {
      await outbox.giveUp(mail.id, reason)
      log.warn({ mail: mail.id, reason }, 'mail given up')
    } else {
      await outbox.postpone(mail.id, nextTry(mail), reason)
      log.warn({ mail: mail.id, attempt: mail.attempts + 1, reason }, 'mail postponed')
    }
  }

  const nextTry = ({ id, attempts }: Waiting): string => {
    const wait = Math.min(MINUTE * 2 ** attempts, LONGEST_WAIT)
    return new Date(clock().getTime() + wait * (0.8 + 0.4 * spread(id))).toISOString()
  }

  const deliverDue = async (): Promise<void> => {
    for (;;) {
      const due = await outbox.due(clock().toISOString(), BATCH)
      await Promise.all(due.map(deliver))
      if (due.length < BATCH) return
    }
  }

  // One round at a time; a mail queued while one runs is found by the next.
  const enqueueRound = (): Promise<void> => {
    round = round.then(deliverDue, deliverDue)
    return round
  }

  const tick = async (): Promise<void> => {
    clearTimeout(timer)
    await enqueueRound().catch(error => log.error({ err: error }, 'the outbox cannot be worked on'))
    const next = await outbox.nextAttempt().catch(() => undefined)
    if (!running) return
    const wait = next ? Math.max(0, Date.parse(next) - clock().getTime()) : POLL
    // Other processes may queue mail as well, so the outbox is looked at now and then in any case.
    timer = setTimeout(tick, Math.min(wait, POLL)).unref()
  }

  return {
    /** Sends all that is due now; resolves when every mail of it was accepted or noted. */
    deliverDue: enqueueRound,
    start(): void {
      running = true
      void tick()
    },
    /** Looks for new mail at once, if the worker runs at all. */
    wake(): void {
      if (running) void tick()
    },
    /** Finishes what is under way. */
    async stop(): Promise<void> {
      running = false
      clearTimeout(timer)
      await round.catch(() => undefined)
      transport.close()
    },
  }
}
