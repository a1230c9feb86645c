import { setTimeout as pause } from 'node:timers/promises'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { groupCommit, nothingAround } from '../foundation/group-commit.js'
import { type Log, withoutAddresses } from '../foundation/log.js'
import { rounds } from '../foundation/rounds.js'
import { storageTrouble } from '../foundation/storage-trouble.js'
import { offer } from './offer.js'
import type { Envelope, Post } from './post.js'
import { outboxRepository } from './repository.js'
import type { Waiting } from './schema.js'
import { spread } from './spread.js'

const BATCH = 32
// In milliseconds. Nobody notices either, and what comes close together shares its commits.
const GATHERING = 50
const BETWEEN_BATCHES = 20
// Relays answer for several mails within that; so long a mail may count as one to be sent after it was taken.
const FOR_ANSWERS = 10
const MINUTE = 60_000
// Far more than relays may take to answer for a batch; a worker that is followed is relieved of its mail at once.
const IN_HAND = 15 * MINUTE

// One minute, then twice as long each time up to six hours: about three days in all.
const LONGEST_WAIT = 360 * MINUTE
const MOST_ATTEMPTS = 20

// In milliseconds; and how often a program that is told to end tries still.
const REMOVED_AGAIN = 500
const LAST_TRIES = 20

export interface WorkerServices {
  db: Database
  clock: Clock
  ids: Ids
  post: Post
  /** what becomes of a row on its way to a relay */
  written: (mail: Waiting) => Promise<{ envelope: Envelope; message: Buffer }>
  log: Log
}

/** Takes due mail from the outbox to the relays, before whatever else they are to take. */
export function mailWorker({ db, clock, ids, post, written, log }: WorkerServices) {
  const outbox = outboxRepository(db)
  let underWay = 0
  const gathering = { time: FOR_ANSWERS, enough: () => underWay }
  const together = groupCommit(db, { gathering, around: nothingAround })
  const worker = ids()
  let stopping = false

  const deliver = async (mail: Waiting): Promise<void> => {
    try {
      const { envelope, message } = await written(mail)
      const outcome = await offer(post, envelope, message)
      if (outcome.kind === 'accepted') await remove(mail.id)
      // Unknown: once more. Somebody waits for this mail, and twice the same Message-ID does no harm.
      else await note(mail, outcome.reason, outcome.kind === 'refused')
    } catch (error) {
      await note(mail, (error as Error).message, false)
    }
  }

  // Until that is stored the mail counts as one to be sent, by whoever looks: so it is tried before anything else is done.
  const remove = async (id: string): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await together(tx => outboxRepository(tx).remove(id))
      } catch (error) {
        if (!storageTrouble(error) || (stopping && tries > LAST_TRIES)) throw error
        await pause(REMOVED_AGAIN)
      }
    }
  }

  const note = async (mail: Waiting, cause: string, final: boolean): Promise<void> => {
    const reason = withoutAddresses(cause).slice(0, 300)
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

  const settled = (): void => {
    underWay -= 1
  }

  const deliverDue = async (): Promise<void> => {
    for (;;) {
      const now = clock()
      const until = new Date(now.getTime() + IN_HAND).toISOString()
      const due = await outbox.claim(worker, until, now.toISOString(), BATCH)
      underWay += due.length
      await Promise.all(due.map(mail => deliver(mail).finally(settled)))
      if (due.length < BATCH) return
      // Requests that came meanwhile are answered first.
      await pause(BETWEEN_BATCHES)
    }
  }

  const { round, start, wake, stop } = rounds({
    work: deliverDue,
    next: outbox.nextAttempt,
    failure: 'the outbox cannot be worked on',
    gathering: GATHERING,
    clock,
    log,
  })

  // Who had mail in hand before this worker began has ended; at the most, the same Message-ID goes out twice.
  const begin = async (): Promise<void> => {
    await post.begin()
    await outbox.releaseOthers(worker)
    await outbox.removeLetters()
  }
  let begun: Promise<void> = Promise.resolve()

  return {
    /** Sends all that is due now; resolves when every mail of it was accepted or noted. */
    deliverDue: round,
    wake,
    start(): void {
      stopping = false
      begun = begin()
        .catch(error => log.error({ err: error }, 'the outbox could not be taken over'))
        .then(start)
    },
    async stop(): Promise<void> {
      stopping = true
      await begun
      await stop()
      await post.pause()
    },
  }
}
