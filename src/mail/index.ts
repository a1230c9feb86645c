import path from 'node:path'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Feature } from '../foundation/feature.js'
import { type Composed, composer } from './compose.js'
import { outboxRepository } from './repository.js'
import type { Message } from './schema.js'
import { mailFolder, relays } from './transport.js'
import { mailTrouble } from './trouble.js'
import { mailWorker } from './worker.js'

export { type Blueprint, type Copy, compileBlueprint, type Draft } from './blueprint.js'
export { type DkimKey, dkimSigner, type Signer } from './dkim.js'
export { AllResting, type Envelope, type Lane, type Outcome, type Post } from './post.js'
export type { Message } from './schema.js'

export interface MailServices {
  db: Database
  config: Config
  clock: Clock
  ids: Ids
}

export interface MailService {
  /** Puts a mail into the outbox in the transaction of what causes it. */
  queue(tx: Database, message: Message): Promise<void>
  /** Takes away mail to an address that has not gone out, with its text. */
  forget(tx: Database, address: string): Promise<void>
  /** To be called after that transaction: the mail goes out now instead of at the next look. */
  wake(): void
  /** Sends all that is due now and resolves when that is done. */
  deliverDue(): Promise<void>
  /** What the desk may know of mail that did not go out. */
  trouble(): ReturnType<typeof mailTrouble>
  /** mail that was due before the database was put back from a backup */
  held: HeldMail
  /** Renders the views `<view>` and `<view>-text` as the two parts of a mail. */
  compose(view: string, model: object): Promise<Composed>
}

/** Mail that waits until an editor decides, since it may have gone out before a restore. */
export interface HeldMail {
  /** Holds all that waits, in the transaction that notices the restore. @returns how many */
  hold(tx: Database): Promise<number>
  /** how many are held, at most a thousand */
  count(): Promise<number>
  release(tx: Database): Promise<number>
  discard(tx: Database): Promise<number>
}

function heldMail(db: Database): HeldMail {
  return {
    hold: tx => outboxRepository(tx).hold(),
    count: () => outboxRepository(db).countHeld(1_000),
    release: tx => outboxRepository(tx).release(),
    discard: tx => outboxRepository(tx).discard(),
  }
}

/** The outbox and what carries mail away from it. It works while the program listens. */
export function mailFeature({ db, config, clock, ids }: MailServices): Feature<MailService> {
  return async scope => {
    const transport = config.smtpUrls.length
      ? relays(config.smtpUrls, config.mailFrom)
      : mailFolder(path.join(config.dataDir, 'outbox'), config.mailFrom)
    const worker = mailWorker({ db, clock, transport, log: scope.log })
    scope.addHook('onListen', async () => worker.start())
    scope.addHook('onClose', () => worker.stop())
    return {
      queue: (tx, message) => outboxRepository(tx).add(ids(), message, clock().toISOString()),
      forget: (tx, address) => outboxRepository(tx).forget(address),
      wake: worker.wake,
      deliverDue: worker.deliverDue,
      held: heldMail(db),
      trouble: () => mailTrouble(db, clock),
      compose: composer((view, model) => scope.view(view, model)),
    }
  }
}
