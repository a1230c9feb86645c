import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { MailService } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import { hashOf } from '../link-tokens.js'
import type { Subscriber } from '../schema.js'
import type { Suppressions } from '../suppressions/service.js'
import type { LinkPurpose, ReaderTokens } from '../tokens.js'
import type { ReaderLetters } from './letters.js'
import { WORDING } from './reception.js'
import { newsletterRepository } from './repository.js'

export interface SignUpServices {
  db: Database
  clock: Clock
  ids: Ids
  mail: MailService
  tokens: ReaderTokens
  suppressions: Suppressions
  letters: ReaderLetters
  site: SiteService
}

/** What happened to the list on one day, `2020-12-24`. */
export interface ListDay {
  day: string
  joined: number
  left: number
}

export type SignUpService = ReturnType<typeof signUpService>

/** The list: who asked for the newsletter, who confirmed, who left. */
export function signUpService(services: SignUpServices) {
  const { db, clock, ids, mail, tokens, suppressions, letters } = services
  const repository = newsletterRepository(db)
  const now = () => clock().toISOString()

  const consent = (tx: Database, subscriberId: string, event: string, form: string) =>
    newsletterRepository(tx).addConsent({ id: ids(), subscriberId, at: now(), event, form, wording: WORDING })

  return {
    /**
     * How the list grew and shrank: readers who confirmed and who left, for each of the last days, today included
     * (by the site's clocks), the oldest first; and how many are on it now.
     */
    async signUpsPerDay(days: number): Promise<{ days: ListDay[]; active: number }> {
      const { dates } = await services.site.site()
      const today = Date.parse(dates.dayOf(now()))
      const names = Array.from({ length: days }, (_, index) =>
        new Date(today - (days - 1 - index) * 86_400_000).toISOString().slice(0, 10),
      )
      // Clocks are at most a day apart.
      const since = new Date(today - days * 86_400_000).toISOString()
      const byDay = async (event: 'confirmed' | 'unsubscribed') => {
        const counts = new Map<string, number>()
        for (const { quarter, count } of await repository.perQuarter(event, since)) {
          const day = dates.dayOf(`${quarter}:00Z`)
          counts.set(day, (counts.get(day) ?? 0) + count)
        }
        return counts
      }
      const joined = await byDay('confirmed')
      const left = await byDay('unsubscribed')
      return {
        days: names.map(day => ({ day, joined: joined.get(day) ?? 0, left: left.get(day) ?? 0 })),
        active: await repository.countActive(),
      }
    },

    /** The reader whom a link to confirm names; undefined when it expired or never was. */
    async toConfirm(token: string): Promise<Subscriber | undefined> {
      return repository.byToken(hashOf(token), 'confirm', now())
    },

    /** The reader to whom a link in a mail belongs; undefined when it is none of ours, or the reader is gone. */
    async byLink(purpose: LinkPurpose, token: string): Promise<Subscriber | undefined> {
      const id = tokens.readLink(purpose, token)
      if (id) return repository.byId(id)
      // Links of mails that earlier versions sent.
      return purpose === 'unsubscribe' ? repository.byToken(hashOf(token), purpose, now()) : undefined
    },

    /** Puts a reader on the list; doing it twice does no harm. */
    async confirm(token: string): Promise<Subscriber | undefined> {
      const found = await repository.byToken(hashOf(token), 'confirm', now())
      if (!found || found.status === 'active' || found.suppressed !== null) return found
      const message = (await letters.welcome())(found)
      await db.transaction(async tx => {
        await newsletterRepository(tx).confirm(found.id, now())
        await consent(tx, found.id, 'confirmed', 'mail')
        await suppressions.liftErased(tx, found.email)
        await mail.queue(tx, message)
      })
      mail.wake()
      return found
    },

    /** Takes a reader off the list at once; doing it twice does no harm. */
    async unsubscribe(token: string): Promise<Subscriber | undefined> {
      const found = await this.byLink('unsubscribe', token)
      if (!found || found.status === 'unsubscribed') return found
      await db.transaction(async tx => {
        await newsletterRepository(tx).unsubscribe(found.id, now())
        await consent(tx, found.id, 'unsubscribed', 'mail')
      })
      return found
    },

    /** Takes a step back: who left by this link is on the list again. Undefined for those who were never on it, or may not be. */
    async comeBack(token: string): Promise<Subscriber | undefined> {
      const found = await this.byLink('unsubscribe', token)
      if (!found || found.suppressed !== null) return undefined
      if (found.status === 'active') return found
      return db.transaction(async tx => {
        const back = await newsletterRepository(tx).comeBack(found.id)
        if (back) await consent(tx, found.id, 'confirmed', 'left-page')
        return back
      })
    },
  }
}
