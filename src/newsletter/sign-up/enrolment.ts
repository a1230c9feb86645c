import type { Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { MailService, Message } from '../../mail/index.js'
import { chosenSectionsRepository } from '../chosen-sections.repository.js'
import type { OfferedSections } from '../offered-sections.js'
import type { Received, Subscriber } from '../schema.js'
import type { Suppressions } from '../suppressions/service.js'
import type { Allowance, Verdict } from './allowance.js'
import type { Confirmation, Confirmations } from './confirmations.js'
import type { Addressee, ReaderLetters } from './letters.js'
import { newsletterRepository } from './repository.js'
import type { WaitingService } from './waiting.js'

export interface EnrolmentServices {
  ids: Ids
  mail: Pick<MailService, 'queue'>
  suppressions: Suppressions
  letters: ReaderLetters
  confirmations: Confirmations
  allowance: Allowance
  waiting: WaitingService
  offered: OfferedSections
}

/** Does all that follows from a sign-up, in one transaction. */
export type Enrol = (tx: Database, received: Received) => Promise<void>

/** The mails that a sign-up may cause. */
interface Prepared {
  confirmation: (reader: Addressee) => Confirmation
  reminder: (reader: Addressee) => Message
}

/** What is done about a reader who may be written to, now or later. */
type Asked = Prepared & { verdict: Verdict }

/**
 * What follows from a sign-up. An address that is on the list already gets a mail that says so, a suppressed one gets nothing;
 * everybody else becomes a reader whose consent is noted and who is asked to confirm, later when too many sign up at once.
 */
export function enrolment(services: EnrolmentServices) {
  const { ids, mail, suppressions, letters, confirmations, allowance, waiting, offered } = services

  /** Whether an address may be written to at all; somebody who was erased may come back. */
  const isBarred = async (tx: Database, key: string): Promise<boolean> => {
    const suppression = await suppressions.of(tx, key)
    return suppression !== undefined && suppression.reason !== 'erased'
  }

  const invite = async (tx: Database, received: Received, known: Subscriber | undefined, asked: Asked) => {
    const { at, wording, signUp } = received
    const { email, name, frequency, sectionIds, form } = signUp
    const id = known?.id ?? ids()
    if (asked.verdict === 'later' && (await waiting.has(tx, id))) return
    const reader = { id, email: email.address, name, frequency }
    await newsletterRepository(tx).savePending(reader, email.key, at)
    await chosenSectionsRepository(tx).choose(id, sectionIds)
    const consent = { id: ids(), subscriberId: id, at, event: 'signed-up', form, wording }
    await newsletterRepository(tx).addConsent(consent)
    if (asked.verdict === 'now') {
      await allowance.note(tx, email.key)
      await confirmations.queue(tx, asked.confirmation(reader))
      await waiting.remove(tx, id)
    } else {
      await waiting.add(tx, id, email.key)
    }
  }

  const enrol = async (tx: Database, received: Received, letters: Prepared): Promise<void> => {
    const { key } = received.signUp.email
    const verdict = await allowance.judge(tx, key)
    if (verdict === 'enough' || (await isBarred(tx, key))) return
    const known = await newsletterRepository(tx).byKey(key)
    if (known?.status !== 'active') {
      await invite(tx, received, known, { verdict, ...letters })
    } else if (verdict === 'now') {
      await allowance.note(tx, key)
      await mail.queue(tx, letters.reminder(known))
    }
  }

  return {
    /** What all enrolments have in common is made before the transaction of some of them, since that may take a while. */
    async enroller(): Promise<Enrol> {
      const prepared = { confirmation: await confirmations.composer(), reminder: await letters.already() }
      const sections = new Set((await offered()).map(({ id }) => id))
      return (tx, received) => enrol(tx, stillOffered(received, sections), prepared)
    },
  }
}

export type Enrolment = ReturnType<typeof enrolment>

/** Without sections that went since it was received. */
function stillOffered(received: Received, sections: Set<string>): Received {
  const { signUp } = received
  const sectionIds = signUp.sectionIds.filter(id => sections.has(id))
  return { ...received, signUp: { ...signUp, sectionIds } }
}
