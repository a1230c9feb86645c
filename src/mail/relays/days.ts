import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { relayRepository } from './repository.js'

/** How many mails each relay took today (UTC). */
export interface Days {
  sent(relay: string): number
  count(relay: string): void
  /** Reads the counts again: another process may have counted on. */
  read(): Promise<void>
  /** Writes down what was counted. */
  write(): Promise<void>
  close(): Promise<void>
}

// A crash forgets this much at most.
const WRITTEN_AFTER = 1_000

/** Reads today's counts; from then on they are kept in memory and written at most once a second. */
export async function openDays(db: Database, clock: Clock, log: Log): Promise<Days> {
  const repository = relayRepository(db)
  let day = dayOf(clock())
  let counts = await repository.sentOn(day)
  let unwritten = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const today = () => {
    if (dayOf(clock()) === day) return counts
    write()
    day = dayOf(clock())
    counts = new Map()
    return counts
  }
  const write = () => {
    if (timer) clearTimeout(timer)
    timer = undefined
    const [batch, of] = [unwritten, day]
    unwritten = new Map()
    writing = writing
      .then(() => repository.add(of, batch))
      .catch((error: unknown) => {
        log.error(
          { err: error },
          'what relays took today cannot be written down; it is tried again with the next',
        )
        if (of !== day) return
        for (const [relay, count] of batch) unwritten.set(relay, (unwritten.get(relay) ?? 0) + count)
      })
  }

  const written = async (): Promise<void> => {
    today()
    write()
    await writing
  }

  return {
    sent: relay => today().get(relay) ?? 0,
    count(relay) {
      today().set(relay, (today().get(relay) ?? 0) + 1)
      unwritten.set(relay, (unwritten.get(relay) ?? 0) + 1)
      timer ??= setTimeout(write, WRITTEN_AFTER).unref()
    },
    async read() {
      await written()
      counts = await repository.sentOn(day)
      for (const [relay, count] of unwritten) counts.set(relay, (counts.get(relay) ?? 0) + count)
    },
    write: written,
    close: written,
  }
}

function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10)
}
