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
