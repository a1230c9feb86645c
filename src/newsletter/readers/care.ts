import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import type { MailService } from '../../mail/index.js'
import { chosenSectionsRepository } from '../chosen-sections.repository.js'
import { hashOf, newToken } from '../link-tokens.js'
import { chosenAmong, type OfferedSections, unknownSection } from '../offered-sections.js'
import type { Erase } from '../preferences/erasure.js'
import type { Frequency } from '../schema.js'
import { CONFIRMATION_LASTS } from '../sign-up/confirmations.js'
import type { ReaderLetters } from '../sign-up/letters.js'
import { newsletterRepository } from '../sign-up/repository.js'
import type { Suppressions } from '../suppressions/service.js'
import type { ReaderIntake } from './intake.js'
import { readersRepository } from './repository.js'
import type {
  CameBack,
  Delivered,
  HistoryEvent,
  NewReaderForm,
  Reader,
  ReaderForm,
  Status,
} from './schema.js'

export interface CareServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  mail: MailService
  letters: ReaderLetters
  suppressions: Suppressions
  offered: OfferedSections
  erase: Erase
  intake: ReaderIntake
}

/** A field of a form that cannot be taken as it is, and why. */
export class Refused extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

export interface ReaderRecord {
  reader: Reader
  /** slugs of the chosen sections */
  sections: string[]
  history: HistoryEvent[]
  deliveries: Delivered[]
  bounces: CameBack[]
  /** before which issue's number more deliveries stand */
  more: number | undefined
  suppression: { reason: string; detail: string; at: string } | undefined
}

const DELIVERIES = 50

export type CareService = ReturnType<typeof careService>

/** What the desk does for one reader. The trail names readers by their ids: it must not remember who was erased. */
export function careService(services: CareServices) {
  const { db, clock, ids, audit, mail, letters, suppressions, offered, erase, intake } = services
  const now = () => clock().toISOString()

  const found = async (on: Database, id: string): Promise<Reader> => {
    const reader = await readersRepository(on).reader(id)
    if (!reader) throw new NotFound('There is no such reader. They may have been erased.')
    return reader
  }

  const note = (
    tx: Database,
    actor: Actor,
    id: string,
    action: string,
    details: Record<string, string> = {},
  ) => audit.record(tx, actor, { action, subject: { kind: 'reader', id, label: 'A reader' }, details })

  const consent = (tx: Database, subscriberId: string, event: string, detail: string) =>
    newsletterRepository(tx).addConsent({
      ...{ id: ids(), subscriberId, at: now(), event, form: 'desk', wording: '', detail },
    })

  const sectionIds = async (slugs: string[]): Promise<string[]> => {
    const chosen = chosenAmong(await offered(), slugs)
    if (!chosen) throw new Refused('sections', unknownSection)
    return chosen
  }

  const queueConfirmation = async (tx: Database, reader: { id: string; email: string }): Promise<void> => {
    const token = newToken()
    const expires = new Date(clock().getTime() + CONFIRMATION_LASTS).toISOString()
    const message = (await letters.confirm())(reader, token)
    await newsletterRepository(tx).addToken({
      ...{ hash: hashOf(token), purpose: 'confirm', subscriberId: reader.id, expires },
    })
    await mail.queue(tx, message)
  }

  return {
    /** @param before the number of the issue before which the mails begin */
    async record(id: string, before = Number.MAX_SAFE_INTEGER): Promise<ReaderRecord> {
      const repository = readersRepository(db)
      const reader = await found(db, id)
      const chosen = new Set(await chosenSectionsRepository(db).of(id))
      const deliveries = await repository.deliveries(id, before, DELIVERIES + 1)
      return {
        reader,
        sections: (await offered()).filter(section => chosen.has(section.id)).map(({ slug }) => slug),
        history: await repository.history(id),
        bounces: await repository.bounces(id),
        deliveries: deliveries.slice(0, DELIVERIES),
        more: deliveries.length > DELIVERIES ? deliveries[DELIVERIES - 1]?.number : undefined,
        suppression: await suppressions.of(db, reader.key),
      }
    },

    /**
     * Adds a reader by hand, who agreed elsewhere or is asked to confirm.
     * @returns the reader's id
     * @throws Refused when the address is on the list, or on that of suppressions
     */
    async add(actor: Actor, form: NewReaderForm): Promise<string> {
      const sections = await sectionIds(form.sections)
      const { address, key } = form.email
      const id = await db.transaction(async tx => {
        const known = await newsletterRepository(tx).byKey(key)
        if (known) throw new Refused('email', 'This address is on the list already. Search for it.')
        const line = {
          email: address,
          key,
          name: form.name,
          frequency: form.frequency,
          sections,
          source: form.source,
        }
        const choices = {
          confirmed: form.mode === 'active',
          revive: false,
          source: form.source,
          form: 'desk',
        }
        const [verdict] = await intake.take(tx, [line], choices)
        if (verdict !== 'added') throw new Refused('email', 'This address is on the list of suppressions.')
        const added = (await newsletterRepository(tx).byKey(key))?.id ?? ''
        if (form.mode === 'confirm') await queueConfirmation(tx, { id: added, email: address })
        await note(tx, actor, added, 'added', { as: form.mode === 'active' ? 'active' : 'pending' })
        return added
      })
      mail.wake()
      return id
    },

    /** @throws Refused when a section was removed meanwhile */
    async change(actor: Actor, id: string, form: ReaderForm): Promise<void> {
      const sections = await sectionIds(form.sections)
      await db.transaction(async tx => {
        const reader = await found(tx, id)
        await readersRepository(tx).change(id, form)
        const before = (await chosenSectionsRepository(tx).of(id)).sort()
        await chosenSectionsRepository(tx).choose(id, sections)
        const changed = changesOf(reader, form, before.join() !== sections.toSorted().join())
        if (changed.length === 0) return
        await consent(tx, id, 'changed', changed.join(', '))
        await note(tx, actor, id, 'changed', { what: changed.join(', ') })
      })
    },

    /** Takes a reader off the list, as their own click would. */
    async unsubscribe(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const { status } = await found(tx, id)
        if (status === 'unsubscribed') throw new Conflict('This reader has left already.')
        await newsletterRepository(tx).unsubscribe(id, now())
        await consent(tx, id, 'unsubscribed', wasBefore(status))
        await note(tx, actor, id, 'unsubscribed')
      })
    },

    /** Takes back that an editor unsubscribed a reader; who left by their own click stays away. */
    async resubscribe(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const reader = await found(tx, id)
        const [last] = await readersRepository(tx).history(id)
        if (reader.status !== 'unsubscribed' || last?.event !== 'unsubscribed' || last.form !== 'desk')
          throw new Conflict(
            'Only a reader whom an editor unsubscribed can be brought back. Others sign up again.',
          )
        const status = last.detail === wasBefore('active') ? 'active' : 'pending'
        await readersRepository(tx).setStatus(id, status, null)
        await consent(tx, id, 'changed', 'the editor’s step was taken back')
        await note(tx, actor, id, 'resubscribed')
      })
    },

    /** Keeps all mail away from a reader's address. */
    async suppress(actor: Actor, id: string, reason: string): Promise<void> {
      await db.transaction(async tx => {
        const { email } = await found(tx, id)
        await suppressions.add(tx, { email, reason: 'editor', detail: reason })
        await note(tx, actor, id, 'suppressed')
      })
    },

    /** Lets mail through again. */
    async lift(actor: Actor, id: string, reason: string): Promise<void> {
      await db.transaction(async tx => {
        const { key } = await found(tx, id)
        await suppressions.lift(tx, key, reason)
        await note(tx, actor, id, 'lifted')
      })
    },

    /** Sends the mail with the link to confirm once more. */
    async confirmAgain(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        const reader = await found(tx, id)
        if (reader.state !== 'pending')
          throw new Conflict('This reader does not wait for a confirmation any more.')
        await queueConfirmation(tx, reader)
        await consent(tx, id, 'changed', 'confirmation sent again')
        await note(tx, actor, id, 'asked-again')
      })
      mail.wake()
    },

    /** Erases a reader for good. */
    async erase(actor: Actor, id: string): Promise<void> {
      await db.transaction(async tx => {
        await found(tx, id)
        await erase(tx, id)
        await note(tx, actor, id, 'erased')
      })
    },
  }
}

// What an undo goes back to.
const wasBefore = (status: Status): string => `by an editor; was ${status} before`

function changesOf(
  reader: { name: string; frequency: Frequency },
  form: { name: string; frequency: Frequency },
  sections: boolean,
): string[] {
  return [
    reader.name !== form.name && 'name',
    reader.frequency !== form.frequency && `frequency ${reader.frequency} → ${form.frequency}`,
    sections && 'sections',
  ].filter(change => change !== false)
}
