import { compileBlueprint } from './blueprint.js'
import type { Signer } from './dkim.js'
import type { Envelope } from './post.js'
import { returnPath } from './return-path.js'
import type { Waiting } from './schema.js'

/** Makes the mails of the outbox ready for a relay. @param mailFrom the address that mail comes from */
export function letterbox({ mailFrom, signer }: { mailFrom: string; signer?: Signer | undefined }) {
  const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1)
  return async (mail: Waiting): Promise<{ envelope: Envelope; message: Buffer }> => {
    const { fromName, subject, html, text, recipient } = mail
    const headers = { 'Auto-Submitted': 'auto-generated', ...mail.headers }
    const draft = {
      fromName,
      from: mailFrom,
      subject,
      html,
      text,
      date: new Date(mail.created),
      headers,
      marks: [],
    }
    return {
      envelope: { from: returnPath(mailFrom, mail.returnTag ?? undefined), to: recipient },
      // The Message-ID is a function of the row: a mail that was sent twice around a crash can be told as one.
      message: await compileBlueprint(draft, signer).fill({
        to: recipient,
        messageId: `${mail.id}@${domain}`,
        headers: {},
        values: {},
      }),
    }
  }
}
