import { LRUCache } from 'lru-cache'
import { type Blueprint, compileBlueprint } from './blueprint.js'
import type { Signer } from './dkim.js'
import type { Envelope } from './post.js'
import { returnPath } from './return-path.js'
import type { LetterText, Waiting } from './schema.js'

export interface LetterboxServices {
  /** the address that mail comes from */
  mailFrom: string
  signer: Signer | undefined
  /** what a letter says of which mails are copies */
  letter: (id: string) => Promise<LetterText | undefined>
}

// Some kinds of letters, and those of before a site changed its name.
const MOST_KEPT = 20

/** Makes the mails of the outbox ready for a relay. Letters are encoded once, and filled for each reader. */
export function letterbox({ mailFrom, signer, letter }: LetterboxServices) {
  const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1)
  const kept = new LRUCache<string, Blueprint>({ max: MOST_KEPT })

  const compiled = ({ fromName, subject }: Waiting, { html, text, marks }: LetterText): Blueprint => {
    const headers = { 'Auto-Submitted': 'auto-generated' }
    return compileBlueprint({ fromName, from: mailFrom, subject, html, text, headers, marks }, signer)
  }
  const blueprintOf = async (mail: Waiting): Promise<Blueprint> => {
    if (mail.letter === null) return compiled(mail, { ...mail, marks: [] })
    const known = kept.get(mail.letter)
    if (known) return known
    const found = await letter(mail.letter)
    if (!found) throw new Error('The letter that this mail is a copy of is gone.')
    const blueprint = compiled(mail, found)
    kept.set(mail.letter, blueprint)
    return blueprint
  }

  return async (mail: Waiting): Promise<{ envelope: Envelope; message: Buffer }> => {
    const blueprint = await blueprintOf(mail)
    return {
      envelope: { from: returnPath(mailFrom, mail.returnTag ?? undefined), to: mail.recipient },
      // The Message-ID is a function of the row: a mail that was sent twice around a crash can be told as one.
      message: await blueprint.fill({
        to: mail.recipient,
        messageId: `${mail.id}@${domain}`,
        date: new Date(mail.created),
        headers: mail.headers,
        values: mail.filling,
      }),
    }
  }
}
