import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import type { Post } from '../../mail/index.js'
import { sqliteClaims } from './claims.sqlite.js'
import { domainPacing } from './domains.js'
import { inHand as rowsInHand } from './in-hand.js'
import { BEAT, presence } from './presence.js'
import { queueing } from './queueing.js'
import { type IssueMails, sender } from './sender.js'
import { type OnRefused, settlements } from './settle.js'
import { sleeper as newSleeper } from './sleeper.js'
import { ledgerOf } from './tally.js'

export interface DeliveryWorkerServices {
  db: Database
  clock: Clock
  ids: Ids
  post: Post
  mailsOf(issueId: string): Promise<IssueMails>
  onRefused?: OnRefused | undefined
  log: Log
}

/** Takes issues to their readers while the program listens: writes the rows of each, then sends what is due. */
export function deliveryWorker({ db, clock, ids, post, mailsOf, onRefused, log }: DeliveryWorkerServices) {
  const sleeper = newSleeper()
  const ledger = ledgerOf(db, {
    now: () => clock().toISOString(),
    // Half of the connections with a note of their last mail and a mark of the next one each.
    full: () => post.width,
  })
  const domains = domainPacing({ cap: () => Math.max(2, Math.ceil(post.width / 2)), clock })
  const here = presence({ db, clock, ids, claims: sqliteClaims, lost: () => inHand.drop() })
  const worker = here.id
  const inHand = rowsInHand({
    ...{ db, clock, ledger, domains, worker },
    claims: sqliteClaims,
    width: () => post.width,
  })
  const { sendDue } = sender({
    ...{ clock, post, ledger, inHand, domains, mailsOf, sleeper, log },
    settlements: settlements({ clock, worker, onRefused }),
  })
  const { queueAll } = queueing({ db, clock })
  // Other programs add issues as well, from the command line.
  const soon = async () => new Date(clock().getTime() + BEAT).toISOString()

  const beating = rounds({
    ...{ work: here.beat, next: soon, clock, log },
    failure: 'the newsletter cannot show that it works',
  })
  const writing = rounds({
    ...{ work: () => queueAll(() => sleeper.working), next: soon, clock, log },
    failure: 'rows of an issue cannot be written',
  })
  const send = async (): Promise<void> => {
    await here.enter()
    await sendDue()
  }
  const sending = rounds({
    ...{ work: send, next: soon, clock, log },
    failure: 'an issue cannot be sent',
  })

  const wake = (): void => {
    sleeper.wake()
    writing.wake()
    sending.wake()
  }

  return {
    wake,

    /** Does all that is due now; for tests and for commands that wait. */
    async deliverDue(): Promise<void> {
      await beating.round()
      await writing.round()
      await sending.round()
    },

    start(): void {
      sleeper.start()
      for (const part of [beating, writing, sending]) part.start()
    },

    /** Finishes the mails under way and gives back what was not begun. */
    async stop(): Promise<void> {
      sleeper.stop()
      await writing.stop()
      await sending.stop()
      await beating.stop()
      await here.leave()
    },
  }
}
