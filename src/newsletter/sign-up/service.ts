import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { TooMany } from '../../foundation/errors.js'
import { groupCommit, nothingAround } from '../../foundation/group-commit.js'
import type { MailService, Message } from '../../mail/index.js'
import { chosenSectionsRepository } from '../chosen-sections.repository.js'
import { hashOf } from '../link-tokens.js'
import type { SignUpForm, Subscriber } from '../schema.js'
import type { Suppressions } from '../suppressions/service.js'
import type { LinkPurpose, ReaderTokens } from '../tokens.js'
import type { Allowance, Verdict } from './allowance.js'
import type { Confirmation, Confirmations } from './confirmations.js'
import type { Addressee, ReaderLetters } from './letters.js'
import { newsletterRepository } from './repository.js'
import type { WaitingService } from './waiting.js'

/** The version of the sentence beside the button; a new wording gets a new one. */
export const WORDING = '2026-11'

const HOUR = 3_600_000
// Some two milliseconds: whoever else asks for something waits meanwhile.
const TOGETHER = 16
const tooManyWait =
  'So many people are signing up that mails to them wait already. Nothing was kept. Sign up again in an hour.'

export interface SignUpServices {
  db: Database
  clock: Clock
  ids: Ids
  mail: MailService
  tokens: ReaderTokens
  suppressions: Suppressions
  letters: ReaderLetters
  confirmations: Confirmations
  allowance: Allowance
  waiting: WaitingService
}

/** What happened to the list on one day, `2020-12-24`. */
export interface ListDay {
  day: string
  joined: number
  left: number
}

export type SignUpService = ReturnType<typeof signUpService>

/** A sign-up, with the ids of the sections it names. */
type SignUp = Pick<SignUpForm, 'email' | 'name' | 'frequency' | 'form'> & { sectionIds: string[] }

/** The mails that a sign-up may cause, made ready before its transaction. */
interface Prepared {
  confirmation: (reader: Addressee) => Confirmation
  reminder: (reader: Addressee) => Message
}

/** What is done about a reader who may be written to, now or later. */
type Asked = Prepared & { verdict: Verdict }

/** The list: who asked for the newsletter, who confirmed, who left. */
export function signUpService(services: SignUpServices) {
  const { db, clock, ids, mail, tokens, suppressions, letters, confirmations, allowance, waiting } = services
  const repository = newsletterRepository(db)
  const together = groupCommit(db, { most: TOGETHER, around: nothingAround })
  const now = () => clock().toISOString()

  const consent = (tx: Database, subscriberId: string, event: string, form: string) =>
    newsletterRepository(tx).addConsent({ id: ids(), subscriberId, at: now(), event, form, wording: WORDING })

  /** Whether an address may be written to at all; somebody who was erased may come back. */
  const isBarred = async (tx: Database, key: string): Promise<boolean> => {
    const suppression = await suppressions.of(tx, key)
    return suppression !== undefined && suppression.reason !== 'erased'
  }

  const invite = async (tx: Database, form: SignUp, known: Subscriber | undefined, asked: Asked) => {
    const { email, name, frequency, sectionIds } = form
    const id = known?.id ?? ids()
    if (asked.verdict === 'later' && (await waiting.has(tx, id))) return
    const reader = { id, email: email.address, name, frequency }
    await newsletterRepository(tx).savePending(reader, email.key, now())
    await chosenSectionsRepository(tx).choose(id, sectionIds)
    await consent(tx, id, 'signed-up', form.form)
    if (asked.verdict === 'now') {
      await allowance.note(tx, email.key)
      await confirmations.queue(tx, asked.confirmation(reader))
      await waiting.remove(tx, id)
    } else {
      await waiting.add(tx, id, email.key)
    }
  }

  /** @returns false when too many wait already */
  const take = async (tx: Database, form: SignUp, letters: Prepared): Promise<boolean> => {
    const { key } = form.email
    const verdict = await allowance.judge(tx, key)
    if (verdict === 'later' && (await waiting.isFull(tx))) return false
    if (verdict === 'enough' || (await isBarred(tx, key))) return true
    const known = await newsletterRepository(tx).byKey(key)
    if (known?.status !== 'active') {
      await invite(tx, form, known, { verdict, ...letters })
    } else if (verdict === 'now') {
      await allowance.note(tx, key)
      await mail.queue(tx, letters.reminder(known))
    }
    return true
  }

  return {
    /**
     * Takes a sign-up. An address that is on the list already gets a mail that says so, a suppressed one gets nothing;
     * everybody else is asked to confirm, later when too many sign up at once. When this resolves, the reader, the consent,
     * the tokens and the mail are durable. Those who come at the same time are written down together.
     * @throws TooMany for everybody, known or not, while too many wait
     */
    async signUp(form: SignUp): Promise<void> {
      const prepared = { confirmation: await confirmations.composer(), reminder: await letters.already() }
      if (!(await together(tx => take(tx, form, prepared)))) throw new TooMany(HOUR / 1_000, tooManyWait)
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
