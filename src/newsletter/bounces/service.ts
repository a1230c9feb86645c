import { createHash } from 'node:crypto'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Subscriber } from '../schema.js'
import { newsletterRepository } from '../sign-up/repository.js'
import type { Suppressions } from '../suppressions/service.js'
import type { ReaderTokens } from '../tokens.js'
import { causeOf, printable } from './cause.js'
import { openMail } from './opened.js'
import { readMail } from './reading.js'
import { type BouncePlace, bouncesRepository } from './repository.js'
import type { Bounce, BounceDecision, BounceKind, BounceSource, Reading } from './schema.js'
import { type Trace, traceOf } from './trace.js'
import { verdictOf } from './verdict.js'

export interface BounceServices {
  db: Database
  clock: Clock
  ids: Ids
  tokens: ReaderTokens
  suppressions: Suppressions
  /** the tag of an address, if it is a return path of this site */
  tagOf(address: string): string | undefined
}

/** What became of a report. */
export interface Taken {
  kind: BounceKind
  decision: BounceDecision
  /** whether it is known whose mail it was */
  matched: boolean
  /** whether it had come before and so changed nothing */
  repeated: boolean
}

/** What an event of a relay, or a report, is about. */
interface Case {
  reading: Reading
  reader: Subscriber | undefined
  issueId: string | null
  at: string
  source: BounceSource
  raw: string
  /** what tells it from others that are not about the same mail */
  mark: string
}

export type BouncesService = ReturnType<typeof bouncesService>

const DAY = 86_400_000
const WINDOW = 30 * DAY
const SOFT_ENOUGH = 3
const NOTES_LAST = 90 * DAY
const PAGE = 50
const reasons = { hard: 'hard-bounce', soft: 'soft-bounces', complaint: 'complaint' } as const

/**
 * What comes back from mail, and what it changes. A hard bounce and a complaint suppress the address at once. Soft ones do when they are
 * about a third mail within 30 days, counted since the address was last taken off the list. The same mail counts once for each kind.
 */
export function bouncesService({ db, clock, ids, tokens, suppressions, tagOf }: BounceServices) {
  const ago = (milliseconds: number, from = clock().toISOString()) =>
    new Date(Date.parse(from) - milliseconds).toISOString()

  const decisionOn = async (tx: Database, { reading, reader, at }: Case): Promise<BounceDecision> => {
    if (!reader || reading.kind === 'other') return 'noted'
    if (reading.kind !== 'soft') return 'suppressed'
    const earlier = await bouncesRepository(tx).countSoft(reader.id, ago(WINDOW, at), at)
    return earlier + 1 >= SOFT_ENOUGH ? 'suppressed' : 'counted'
  }

  const suppress = async (
    tx: Database,
    reader: Subscriber,
    { kind, code, reason }: Reading,
  ): Promise<void> => {
    if (kind === 'other') return
    const detail = [code, reason].filter(Boolean).join(' ').slice(0, 300)
    await suppressions.add(tx, { email: reader.email, reason: reasons[kind], detail })
    if (kind !== 'complaint' || reader.status === 'unsubscribed') return
    const at = clock().toISOString()
    await newsletterRepository(tx).unsubscribe(reader.id, at)
    await newsletterRepository(tx).addConsent({
      ...{ id: ids(), subscriberId: reader.id, at, event: 'unsubscribed', form: 'complaint', wording: '' },
    })
  }

  const decide = async (tx: Database, it: Case): Promise<Taken> => {
    const { reading, reader, issueId } = it
    const once =
      reader && issueId && reading.kind !== 'other'
        ? `${reader.id} ${issueId} ${reading.kind}`
        : digest(`${reader?.id ?? ''} ${it.mark}`)
    const taken = { kind: reading.kind, matched: reader !== undefined }
    if (await bouncesRepository(tx).isKnown(once)) return { ...taken, decision: 'noted', repeated: true }
    const decision = await decisionOn(tx, it)
    await bouncesRepository(tx).add({
      ...{
        id: ids(),
        readerId: reader?.id ?? null,
        issueId,
        at: decision === 'noted' ? clock().toISOString() : it.at,
        decision,
        source: it.source,
        once,
      },
      ...{
        kind: reading.kind,
        nature: reading.nature,
        code: reading.code,
        reason: reading.reason,
        raw: it.raw,
      },
    })
    if (reader && decision === 'suppressed') await suppress(tx, reader, reading)
    await bouncesRepository(tx).forgetNotes(ago(NOTES_LAST), 20)
    return { ...taken, decision, repeated: false }
  }

  const followed = async (tx: Database, trace: Trace | undefined) => ({
    reader: trace && (await newsletterRepository(tx).byId(trace.readerId)),
    issueId: (trace?.issueNumber && (await bouncesRepository(tx).issueOfNumber(trace.issueNumber))) || null,
  })

  return {
    /**
     * Takes a message that came to a return path, or from a complaint loop. When this resolves, it is durable.
     * @param raw the message as it came; what lies beyond its first megabyte is not looked at
     * @param envelopeTo the address that it came to, where that is known from outside of the message
     * @param dated when it came, as the message has it: old mailboxes are read by that
     */
    async takeReport(
      raw: Buffer,
      {
        source,
        envelopeTo,
        dated = false,
      }: { source: BounceSource; envelopeTo?: string | undefined; dated?: boolean },
    ): Promise<Taken> {
      const mail = await openMail(raw)
      const reading = readMail(mail)
      const trace = traceOf(mail, envelopeTo, { tokens, tagOf })
      const at = (dated && dateOf(mail?.fields.get('date')?.[0], clock())) || clock().toISOString()
      return db.transaction(async tx => {
        const found = await followed(tx, trace)
        // Of readers who are gone nothing is kept, not even what a report says of them.
        const gone = trace !== undefined && !found.reader
        return decide(tx, {
          ...found,
          reading: gone ? { ...reading, reason: '' } : reading,
          raw: gone ? '' : causeOf(mail, raw),
          ...{ at, source, mark: digest(raw) },
        })
      })
    },

    /**
     * Takes what a relay that is trusted tells of a mail. The reader is found by a return path where there is one, else by the address.
     * @param mark by which the relay tells its events apart
     */
    async takeEvent(
      reading: Reading,
      {
        key,
        returnPath,
        mark,
        raw,
      }: { key?: string | undefined; returnPath?: string | undefined; mark: string; raw: string },
    ): Promise<Taken> {
      const tag = returnPath && tagOf(returnPath)
      return db.transaction(async tx => {
        const found = await followed(tx, (tag && tokens.readReturnTag(tag)) || undefined)
        const reader = found.reader ?? (key ? await newsletterRepository(tx).byKey(key) : undefined)
        return decide(tx, {
          ...{ reading, reader, issueId: found.issueId, at: clock().toISOString(), source: 'webhook', mark },
          raw: reader ? printable(raw) : '',
        })
      })
    },

    /** Takes a relay's refusal (5xx) of a reader's address, in the transaction that notes it. @param issueId null for mail that is no issue */
    async onRefused(
      tx: Database,
      { readerId, issueId, reason }: { readerId: string; issueId: string | null; reason: string },
    ): Promise<void> {
      const { verdict, code } = verdictOf('', reason)
      await decide(tx, {
        reading: { kind: verdict ?? 'soft', nature: 'failed', code, reason: printable(reason).slice(0, 500) },
        reader: await newsletterRepository(tx).byId(readerId),
        ...{ issueId, at: clock().toISOString(), source: 'relay', raw: printable(reason) },
        mark: `${clock().toISOString()} ${reason}`,
      })
    },

    /** What came back from one reader, newest first, at most 50. */
    of(readerId: string): Promise<Bounce[]> {
      return bouncesRepository(db).ofReader(readerId, PAGE)
    },

    /** A page of what came back, newest first, and where the next begins. */
    async page(
      filter: { kind?: BounceKind | undefined; decision?: BounceDecision | undefined },
      before?: BouncePlace,
    ): Promise<{ bounces: Bounce[]; next?: BouncePlace | undefined }> {
      const rows = await bouncesRepository(db).page(filter, before, PAGE + 1)
      const bounces = rows.slice(0, PAGE)
      return { bounces, next: rows.length > PAGE ? bounces.at(-1) : undefined }
    },

    /** How much came back in the last 30 days, of each kind and decision. */
    async counts(): Promise<{ kinds: Record<string, number>; decisions: Record<string, number> }> {
      const rows = await bouncesRepository(db).counts(ago(WINDOW))
      const sum = (by: 'kind' | 'decision') => {
        const sums: Record<string, number> = {}
        for (const row of rows) sums[row[by]] = (sums[row[by]] ?? 0) + row.count
        return sums
      }
      return { kinds: sum('kind'), decisions: sum('decision') }
    },
  }
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

// A date in the future, or before there was mail of ours, is a mistake or a trick.
function dateOf(field: string | undefined, now: Date): string | undefined {
  const time = Date.parse(field ?? '')
  return time > Date.UTC(2000, 0) && time <= now.getTime() ? new Date(time).toISOString() : undefined
}
