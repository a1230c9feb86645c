import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { MailService, Message } from '../../mail/index.js'
import { hashOf, newToken } from '../link-tokens.js'
import type { Addressee, ReaderLetters } from './letters.js'
import { newsletterRepository } from './repository.js'

export interface ConfirmationServices {
  clock: Clock
  mail: MailService
  letters: ReaderLetters
}

/** A mail that asks a reader to confirm, and the token in it. */
export interface Confirmation {
  readerId: string
  token: string
  message: Message
}

export type Confirmations = ReturnType<typeof confirmations>

/** How long the link of a confirmation mail works, in milliseconds. */
export const CONFIRMATION_LASTS = 7 * 86_400_000

/** Mails that ask to confirm. */
export function confirmations({ clock, mail, letters }: ConfirmationServices) {
  return {
    /** What all of them have in common is made before the transaction that queues one, since that may take a while. */
    async composer(): Promise<(reader: Addressee) => Confirmation> {
      const confirm = await letters.confirm()
      return reader => {
        const token = newToken()
        return { readerId: reader.id, token, message: confirm(reader, token) }
      }
    },

    async queue(tx: Database, { readerId, token, message }: Confirmation): Promise<void> {
      const now = clock()
      const expires = new Date(now.getTime() + CONFIRMATION_LASTS).toISOString()
      await newsletterRepository(tx).removeExpiredTokens(now.toISOString())
      await newsletterRepository(tx).addToken({
        ...{ hash: hashOf(token), purpose: 'confirm', subscriberId: readerId, expires },
      })
      await mail.queue(tx, message)
    },
  }
}
