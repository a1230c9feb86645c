import { createHash, randomBytes } from 'node:crypto'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { MailService, Message } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import type { Purpose, SignUpForm, Subscriber } from '../schema.js'
import { newsletterRepository } from './repository.js'

/** The version of the sentence beside the button; a new wording gets a new one. */
const WORDING = '2026-11'

const CONFIRMATION_LASTS = 7 * 86_400_000

export interface NewsletterServices {
  db: Database
  clock: Clock
  ids: Ids
  mail: MailService
  site: SiteService
  /** the site's origin, without a slash at its end */
  siteUrl: string
}

/** What happened to the list on one day, `2020-12-24`. */
export interface ListDay {
  day: string
  joined: number
  left: number
}

export type SignUpService = ReturnType<typeof newsletterService>

type SignUp = Pick<SignUpForm, 'email' | 'name' | 'frequency' | 'form'>

/** The list: who asked for the newsletter, who confirmed, who left. */
export function newsletterService({ db, clock, ids, mail, site, siteUrl }: NewsletterServices) {
  const repository = newsletterRepository(db)
  const now = () => clock().toISOString()

  /** A mail with its way to leave: by page for people, in one click for mail programs (RFC 8058). */
  const letter = async (
    view: string,
    to: string,
    subject: string,
    tokens: { leave: string; confirm?: string },
  ): Promise<Message> => {
    const { identity } = await site.site()
    const leaveUrl = `${siteUrl}/newsletter/unsubscribe/${tokens.leave}`
    const model = {
      title: subject,
      siteName: identity.name,
      siteUrl,
      language: identity.language,
      leaveUrl,
      confirmUrl: tokens.confirm && `${siteUrl}/newsletter/confirm/${tokens.confirm}`,
      footer: `This mail went to ${to}, since somebody entered that address at ${siteUrl}.`,
    }
    return {
      to,
      subject,
      fromName: identity.name,
      ...(await mail.compose(`newsletter/mail/${view}`, model)),
      headers: { 'List-Unsubscribe': `<${leaveUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    }
  }

  const consent = (tx: Database, subscriberId: string, event: string, form: string) =>
    newsletterRepository(tx).addConsent({ id: ids(), subscriberId, at: now(), event, form, wording: WORDING })

  const keepToken = (tx: Database, token: string, purpose: Purpose, subscriberId: string) => {
    const expires =
      purpose === 'confirm' ? new Date(clock().getTime() + CONFIRMATION_LASTS).toISOString() : null
    return newsletterRepository(tx).addToken(hashOf(token), purpose, subscriberId, expires)
  }

  const invite = async (
    { email, name, frequency, form }: SignUp,
    known: Subscriber | undefined,
  ): Promise<void> => {
    const { identity } = await site.site()
    const tokens = { leave: newToken(), confirm: newToken() }
    const message = await letter('confirm', email.address, `Please confirm: ${identity.name} by mail`, tokens)
    await db.transaction(async tx => {
      const id = known?.id ?? ids()
      await newsletterRepository(tx).removeExpiredTokens(now())
      await newsletterRepository(tx).savePending(
        { id, email: email.address, name, frequency },
        email.key,
        now(),
      )
      const saved = await newsletterRepository(tx).byKey(email.key)
      const subscriberId = saved?.id ?? id
      await consent(tx, subscriberId, 'signed-up', form)
      await keepToken(tx, tokens.confirm, 'confirm', subscriberId)
      await keepToken(tx, tokens.leave, 'unsubscribe', subscriberId)
      await mail.queue(tx, message)
    })
  }

  const remind = async (subscriber: Subscriber): Promise<void> => {
    const { identity } = await site.site()
    const tokens = { leave: newToken() }
    const message = await letter(
      'already',
      subscriber.email,
      `You already get ${identity.name} by mail`,
      tokens,
    )
    await db.transaction(async tx => {
      await keepToken(tx, tokens.leave, 'unsubscribe', subscriber.id)
      await mail.queue(tx, message)
    })
  }

  return {
    /**
     * Takes a sign-up. An address that is on the list already gets a mail that says so; everybody else is asked to
     * confirm. When this resolves, the reader, the consent, the tokens and the mail are durable.
     */
    async signUp(form: SignUp): Promise<void> {
      const known = await repository.byKey(form.email.key)
      if (known?.status === 'active') await remind(known)
      else await invite(form, known)
      mail.wake()
    },

    /**
     * How the list grew and shrank: readers who confirmed and who left, for each of the last days, today included
     * (UTC), the oldest first; and how many are on it now.
     */
    async signUpsPerDay(days: number): Promise<{ days: ListDay[]; active: number }> {
      const today = Date.parse(now().slice(0, 10))
      const names = Array.from({ length: days }, (_, index) =>
        new Date(today - (days - 1 - index) * 86_400_000).toISOString().slice(0, 10),
      )
      const since = names[0] ?? ''
      const joined = new Map(
        (await repository.perDay('confirmed', since)).map(({ day, count }) => [day, count]),
      )
      const left = new Map(
        (await repository.perDay('unsubscribed', since)).map(({ day, count }) => [day, count]),
      )
      return {
        days: names.map(day => ({ day, joined: joined.get(day) ?? 0, left: left.get(day) ?? 0 })),
        active: await repository.countActive(),
      }
    },

    /** The reader to whom a link in a mail belongs; undefined when it expired or never was. */
    async reader(token: string, purpose: Purpose): Promise<Subscriber | undefined> {
      return repository.byToken(hashOf(token), purpose, now())
    },

    /** Puts a reader on the list; doing it twice does no harm. */
    async confirm(token: string): Promise<Subscriber | undefined> {
      const found = await repository.byToken(hashOf(token), 'confirm', now())
      if (!found || found.status === 'active') return found
      const { identity } = await site.site()
      const tokens = { leave: newToken() }
      const message = await letter('welcome', found.email, `Welcome to ${identity.name} by mail`, tokens)
      await db.transaction(async tx => {
        await newsletterRepository(tx).confirm(found.id, now())
        await consent(tx, found.id, 'confirmed', 'mail')
        await keepToken(tx, tokens.leave, 'unsubscribe', found.id)
        await mail.queue(tx, message)
      })
      mail.wake()
      return found
    },

    /** Takes a reader off the list at once; doing it twice does no harm. */
    async unsubscribe(token: string): Promise<Subscriber | undefined> {
      const found = await repository.byToken(hashOf(token), 'unsubscribe', now())
      if (!found || found.status === 'unsubscribed') return found
      await db.transaction(async tx => {
        await newsletterRepository(tx).unsubscribe(found.id, now())
        await consent(tx, found.id, 'unsubscribed', 'mail')
      })
      return found
    },
  }
}

// 128 bits; short, so that the List-Unsubscribe field stays on one line.
function newToken(): string {
  return randomBytes(16).toString('base64url')
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
