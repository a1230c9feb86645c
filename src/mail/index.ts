import path from 'node:path'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Duties } from '../foundation/duties.js'
import type { Feature } from '../foundation/feature.js'
import type { Memory } from '../foundation/memory.js'
import type { Metrics } from '../foundation/metrics.js'
import { type Blueprint, compileBlueprint, type Draft } from './blueprint.js'
import { type Composed, composer } from './compose.js'
import { counted } from './counted.js'
import { dkimSigner } from './dkim.js'
import { type Resolve, systemDns } from './dns.js'
import { mailFolder } from './folder.js'
import { letterbox } from './letterbox.js'
import type { Offered } from './offer.js'
import type { Post, RelayState } from './post.js'
import { relayStates } from './relay-states.js'
import { openRelays } from './relays/index.js'
import { type OutboxCounts, outboxRepository } from './repository.js'
import { returnPath } from './return-path.js'
import type { Message } from './schema.js'
import { checkSender, type Finding } from './sender-check.js'
import { trialMail } from './trial.js'
import { mailTrouble } from './trouble.js'
import { mailWorker } from './worker.js'

export { type Blueprint, compileBlueprint } from './blueprint.js'
export { mailCommands } from './commands.js'
export { type Letter, letterOf } from './letter.js'
export { listHeaders, sharedListHeaders, unsubscribeHeaders } from './list-headers.js'
export { AllResting, type Lane, type Outcome, type Post } from './post.js'
export { returnPath, tagOf } from './return-path.js'
export type { Message } from './schema.js'

export interface MailServices {
  db: Database
  config: Config
  clock: Clock
  ids: Ids
  duties: Duties
  memory: Memory
  metrics: Metrics
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
  /** the relays themselves, for mail that is not of the outbox */
  post: Post
  /** How each relay does, whichever process gives it mail; none while mail is written to files. */
  relays(): Promise<RelayState[]>
  /** Ends a relay's rest and offers it the next mail. @param name host and port */
  wakeRelay(name: string): void
  /** the address that mail comes from; its domain is that of return paths and signatures */
  mailFrom: string
  /** Encodes a mail once for many readers, signed when there are keys; `from` is the site's address unless it is given. */
  blueprint(draft: Omit<Draft, 'from'> & { from?: string }): Blueprint
  /** who the mail says it is from, as far as the desk may show it */
  senders: { selectors: string[]; returnPath: string }
  /** Sends one mail at once, and asks the DNS what receivers will ask it. */
  test(to: string, resolve?: Resolve): Promise<{ offered: Offered; findings: Finding[] }>
  /** What the desk may know of mail that did not go out. */
  trouble(): ReturnType<typeof mailTrouble>
  /** Takes away a mail that was given up, in the transaction that notes it. @returns its subject; undefined when there is none */
  dismiss(tx: Database, id: string): Promise<string | undefined>
  /** How many mails of the outbox wait, are held, or were given up, each counted up to 100,000. */
  waiting(): Promise<OutboxCounts>
  /** mail that was due before the database was put back from a backup */
  held: HeldMail
  /** Renders the views `<view>` and `<view>-text` as the two parts of a mail. */
  compose(view: string, model: object): Promise<Composed>
}

/** Mail that waits until an editor decides, since it may have gone out before a restore. */
interface HeldMail {
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

const MOST_COUNTED = 100_000

/** The outbox and what carries mail away from it. It works while the program listens. */
export function mailFeature({
  db,
  config,
  clock,
  ids,
  duties,
  memory,
  metrics,
}: MailServices): Feature<MailService> {
  return async scope => {
    const { mailFrom, dkim } = config
    const signer = dkim.length ? dkimSigner(domainOf(mailFrom), dkim) : undefined
    const carrier = config.relays.length
      ? await openRelays(config.relays, { db, clock, log: scope.log })
      : mailFolder(path.join(config.dataDir, 'outbox'))
    const post = counted(carrier, metrics)
    const worker = mailWorker({
      db,
      clock,
      ids,
      post,
      written: letterbox({ mailFrom, signer, letter: id => outboxRepository(db).letter(id) }),
      log: scope.log,
    })
    const states = relayStates({ post, memory, clock })
    const wake = duties.add('mail', {
      start() {
        worker.start()
        states.start()
      },
      wake(relay) {
        if (relay) post.wakeRelay(relay)
        worker.wake()
      },
      async stop() {
        states.stop()
        await worker.stop()
      },
    })
    scope.addHook('onClose', () => post.close())
    return {
      queue: (tx, message) => outboxRepository(tx).add(ids(), message, clock().toISOString()),
      forget: (tx, address) => outboxRepository(tx).forget(address),
      wake,
      deliverDue: worker.deliverDue,
      waiting: () => outboxRepository(db).counts(MOST_COUNTED),
      held: heldMail(db),
      post,
      relays: async () => (duties.areHere() ? post.relays() : states.told()),
      wakeRelay(name) {
        post.wakeRelay(name)
        wake(name)
      },
      mailFrom,
      blueprint: draft => compileBlueprint({ from: mailFrom, ...draft }, signer),
      senders: { selectors: dkim.map(({ selector }) => selector), returnPath: returnPath(mailFrom, 'TAG') },
      async test(to, resolve = systemDns()) {
        const offered = await trialMail(to, { post, signer, mailFrom, clock, ids })
        return { offered, findings: await senderFindings(config, resolve) }
      },
      trouble: () => mailTrouble(db, clock),
      dismiss: (tx, id) => outboxRepository(tx).dismiss(id),
      compose: composer((view, model) => scope.view(view, model)),
    }
  }
}

/** What receivers will ask the DNS about mail from here, and what is missing there. */
export function senderFindings(
  { mailFrom, dkim, relays }: Pick<Config, 'mailFrom' | 'dkim' | 'relays'>,
  resolve: Resolve = systemDns(),
): Promise<Finding[]> {
  return checkSender({ mailFrom, keys: dkim, relays: relays.map(({ host }) => host), resolve })
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
