import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { AllResting, type Lane, type Outcome, type Post } from '../../mail/index.js'
import type { Domains } from './domains.js'
import type { InHand } from './in-hand.js'
import type { Claimed } from './schema.js'
import type { Settlements } from './settle.js'
import type { Sleeper } from './sleeper.js'
import type { Ledger } from './tally.js'

/** Writes an issue's mails, one for each reader. */
export interface IssueMails {
  /** when the issue began to go out, in milliseconds */
  started: number
  mail(readerId: string, to: string): Promise<{ from: string; message: Buffer }>
}

export interface SenderServices {
  clock: Clock
  post: Post
  ledger: Ledger
  inHand: InHand
  domains: Domains
  settlements: Settlements
  mailsOf(issueId: string): Promise<IssueMails>
  sleeper: Sleeper
  log: Log
}

// Relays that rest may be woken by an editor, so it is asked again before their time.
const LONGEST_REST = 5_000
const AFTER_TROUBLE = 1_000
const SAME_DOOR = 250

/** Sends what is due over all connections at once; each mail is on disk as under way before a relay gets it. */
export function sender(services: SenderServices) {
  const { clock, post, ledger, inHand, domains, settlements, mailsOf, sleeper, log } = services

  const lane = async (): Promise<Lane | undefined> => {
    while (sleeper.working) {
      try {
        return await unlessStopped(post.lane())
      } catch (error) {
        if (!(error instanceof AllResting)) throw error
        const wait = error.until.getTime() - clock().getTime()
        await sleeper.sleep(Math.min(Math.max(wait, 100), LONGEST_REST))
      }
    }
    return undefined
  }

  // A relay's rate may let the next mail wait for longer than the program has left.
  const unlessStopped = async (wanted: Promise<Lane>): Promise<Lane | undefined> => {
    const open = await Promise.race([wanted, sleeper.stopped])
    if (!open)
      wanted.then(
        late => late.release(),
        () => undefined,
      )
    return open ?? undefined
  }

  const outcomeOf = async (row: Claimed, to: string, open: Lane): Promise<Outcome> => {
    let letter: Awaited<ReturnType<IssueMails['mail']>>
    try {
      letter = await (await mailsOf(row.issueId)).mail(row.readerId, to)
    } catch (error) {
      log.error({ err: error, issue: row.issueId }, 'a mail could not be written')
      return {
        kind: 'later',
        of: 'recipient',
        reason: `It could not be written: ${(error as Error).message}`,
      }
    }
    return open.send({ from: letter.from, to }, letter.message)
  }

  const learn = (domain: string, outcome: Outcome): void => {
    if (outcome.kind === 'accepted' || outcome.kind === 'refused') domains.answered(domain)
    else if (outcome.kind === 'later' && outcome.of === 'recipient') domains.putOff(domain)
  }

  // What became of a mail must be written down, whatever ails the database, before anything else is sent.
  const settle = async (row: Claimed, outcome: Outcome, relay: string): Promise<void> => {
    const { started } = await mailsOf(row.issueId).catch(() => ({ started: clock().getTime() }))
    for (;;) {
      try {
        return await ledger((tx, tally) => settlements.settle(tx, tally, { row, outcome, relay, started }))
      } catch (error) {
        log.error({ err: error }, 'what became of a mail could not be noted; it is tried again')
        if (!sleeper.working) throw error
        await sleeper.sleep(AFTER_TROUBLE)
      }
    }
  }

  /** Sends one row. @param before the note of this connection's last mail @returns the note of this one, not waited for */
  const deliver = async (row: Claimed, before: Promise<void>): Promise<{ noted: Promise<void> }> => {
    const rest = domains.restsUntil(row.domain)
    if (rest) {
      await ledger(tx => settlements.postpone(tx, row, rest))
      return { noted: before }
    }
    const open = await lane()
    if (!open) {
      inHand.return(row)
      return { noted: before }
    }
    try {
      // One commit for the last mail's note and this one's mark.
      const [to] = await Promise.all([ledger((tx, tally) => settlements.mark(tx, tally, row)), before])
      if (to === undefined) return { noted: before }
      const outcome = await outcomeOf(row, to, open)
      learn(row.domain, outcome)
      const noted = settle(row, outcome, open.relay)
      // Another connection may try another relay at once; this one does not knock again in the same breath.
      if (outcome.kind === 'later' && outcome.of === 'relay') await sleeper.sleep(SAME_DOOR)
      return { noted }
    } finally {
      open.release()
    }
  }

  const connection = async (enough: () => boolean): Promise<void> => {
    let noted: Promise<void> = Promise.resolve()
    const next = async (): Promise<Claimed | undefined> => {
      if (enough()) return undefined
      const row = await inHand.take()
      if (row) return row
      // What was put off just now may be due already.
      await noted
      return inHand.take()
    }
    for (let row = await next(); row; row = await next()) {
      inHand.prepare()
      try {
        noted = (await deliver(row, noted)).noted
        noted.catch(() => undefined)
      } catch (error) {
        inHand.return(row)
        throw error
      } finally {
        domains.ended(row.domain)
      }
    }
    await noted
  }

  return {
    /** Sends all that is due over as many connections as there are by and by; resolves when each mail is noted. */
    async sendDue(): Promise<void> {
      let open = 0
      let failure: unknown
      const ends = new Set<Promise<void>>()
      const openMore = (): void => {
        while (open < post.width && sleeper.working && failure === undefined) {
          open += 1
          const end: Promise<void> = connection(enough)
            .catch((error: unknown) => {
              failure ??= error
            })
            .finally(() => {
              open -= 1
              ends.delete(end)
            })
          ends.add(end)
        }
      }
      // Asked before each mail: relays that rest or wake change how many connections there are.
      const enough = (): boolean => {
        if (!sleeper.working || failure !== undefined || open > post.width) return true
        openMore()
        return false
      }
      openMore()
      while (ends.size) await Promise.all(ends)
      if (failure !== undefined) throw failure
    },
  }
}
