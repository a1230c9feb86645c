import type { AuditService } from '../../audit/index.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { escapeHtml } from '../../foundation/escape.js'
import type { MailService } from '../../mail/index.js'
import { marks } from './marks.js'
import type { IssueContent, Letters } from './schema.js'

export interface TestLetterServices {
  db: Database
  audit: AuditService
  mail: MailService
  letters: Letters
}

/** Sends an issue to whoever works on it, by the outbox; the links that are a reader's own open nothing in it. */
export function testLetters({ db, audit, mail, letters }: TestLetterServices) {
  return async (actor: Actor & { email: string }, issue: IssueContent): Promise<void> => {
    const { letter } = await letters.preview(issue)
    await db.transaction(async tx => {
      await mail.queue(tx, {
        to: actor.email,
        fromName: letter.fromName,
        subject: `[Test] ${letter.subject || 'Without a subject'}`,
        html: filled(letter.html, escapeHtml(actor.email)),
        text: filled(letter.text, actor.email),
      })
      await audit.record(tx, actor, {
        action: 'sent-test',
        subject: { kind: 'issue', id: issue.id, label: issue.subject || 'Untitled' },
      })
    })
    mail.wake()
  }
}

export type TestLetters = ReturnType<typeof testLetters>

function filled(text: string, address: string): string {
  return text
    .replaceAll(marks.address, () => address)
    .replaceAll(marks.leave, 'test')
    .replaceAll(marks.preferences, 'test')
}
