import { z } from 'zod'
import type { Database } from '../../foundation/database.js'

/** Whom an issue is for. */
export interface Audience {
  /** those who chose it; null: everybody */
  frequency: 'every' | 'daily' | 'weekly' | null
  /** ids: those who chose one of them, or none at all; empty: everybody */
  sections: string[]
}

/** An issue as it is mailed. In `html` and `text` stand the marks of letters/marks.ts, filled for each reader. */
export interface Letter {
  fromName: string
  subject: string
  html: string
  text: string
}

export const MailingState = z.enum(['queueing', 'sending', 'paused', 'held', 'finished', 'cancelled'])
export type MailingState = z.infer<typeof MailingState>

/** How far a mailing is. */
export interface Progress {
  issueId: string
  number: number
  state: MailingState
  subject: string
  /** waiting or under way */
  queued: number
  accepted: number
  failed: number
  unknown: number
  created: string
  started: string | null
  finished: string | null
  /** accepted per minute, of late; undefined while nothing is under way */
  perMinute: number | undefined
  /** when it will be done at that rate, ISO 8601 */
  eta: string | undefined
}

/** The ledger of what is mailed, as the rest of the newsletter uses it. */
export interface Delivery {
  /**
   * Takes an issue over in the transaction that marks it as sent: from here on it is the ledger's.
   * @param issue `number` is the issue's, unique and given for good
   */
  dispatch(
    tx: Database,
    issue: { id: string; number: number; letter: Letter; audience: Audience },
  ): Promise<void>
  /** To be called after that transaction. */
  wake(): void
  /** How many readers an audience has now. */
  countAudience(audience: Audience): Promise<number>
  /** How far issues are; those that were never dispatched are absent. */
  progress(issueIds: string[]): Promise<Map<string, Progress>>
  /** Keeps all that is under way from going out until an editor says so; in the transaction that notices a restore. @returns how many mailings */
  holdAll(tx: Database): Promise<number>
}

/** A mailing as it is stored, without its letter. */
export const Mailing = z.object({
  issueId: z.string(),
  number: z.int(),
  state: MailingState,
  subject: z.string(),
  queued: z.int(),
  accepted: z.int(),
  failed: z.int(),
  unknown: z.int(),
  created: z.string(),
  started: z.string().nullable(),
  finished: z.string().nullable(),
  perMinute: z.int().nullable(),
})
export type Mailing = z.infer<typeof Mailing>

/** What is needed to write an issue's mails. */
export const FrozenLetter = z.object({
  issueId: z.string(),
  number: z.int(),
  fromName: z.string(),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  created: z.string(),
  started: z.string().nullable(),
})
export type FrozenLetter = z.infer<typeof FrozenLetter>

/** What stands between a mailing and its rows: whom it is for, and how far they are written. */
export const Queueing = z.object({
  issueId: z.string(),
  frequency: z.enum(['every', 'daily', 'weekly']).nullable(),
  sections: z.string().transform(text => z.array(z.string()).parse(JSON.parse(text))),
  queuedTo: z.string(),
})
export type Queueing = z.infer<typeof Queueing>

/** A row that a worker has in hand. */
export const Claimed = z.object({
  issueId: z.string(),
  readerId: z.string(),
  domain: z.string(),
  attempts: z.int(),
})
export type Claimed = z.infer<typeof Claimed>

/** A mail as the desk lists it. */
export const ListedDelivery = z.object({
  readerId: z.string(),
  email: z.string(),
  reason: z.string().nullable(),
  relay: z.string().nullable(),
  attempts: z.int(),
  at: z.string().nullable(),
  decided: z.string().nullable(),
})
export type ListedDelivery = z.infer<typeof ListedDelivery>

/** By how much a mailing's counts change. */
export interface Change {
  queued?: number
  accepted?: number
  failed?: number
  unknown?: number
}
