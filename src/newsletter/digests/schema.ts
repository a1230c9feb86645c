import type { Database } from '../../foundation/database.js'
import type { Audience } from '../delivery/schema.js'
import type { IssueContent } from '../letters/schema.js'
import type { DigestKind } from './periods.js'

/** What a digest says; it is given an id, a number and a slug as it is sent. */
export type DigestContent = Omit<IssueContent, 'id' | 'number' | 'slug'>

/** Makes an issue and sends it, in one transaction; the issues do that. */
export interface Sender {
  /** @returns the id of the issue */
  sendNow(tx: Database, content: DigestContent, audience: Audience, origin: DigestKind): Promise<string>
  /** how many readers an audience has now */
  countAudience(audience: Audience): Promise<number>
  /** To be called after that transaction. */
  wake(): void
}
