import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { chosenSectionsRepository } from '../chosen-sections.repository.js'
import type { OfferedSection, OfferedSections } from '../offered-sections.js'
import type { Wishes } from '../schema.js'
import { WORDING } from '../sign-up/reception.js'
import { newsletterRepository } from '../sign-up/repository.js'
import type { Suppressions } from '../suppressions/service.js'
import type { ReaderTokens } from '../tokens.js'
import { copyOfAll } from './copy.js'
import type { Erase } from './erasure.js'
import { preferencesRepository } from './repository.js'
import type { OwnReader } from './schema.js'

export interface PreferencesServices {
  db: Database
  clock: Clock
  ids: Ids
  tokens: ReaderTokens
  suppressions: Suppressions
  offered: OfferedSections
  erase: Erase
}

/** A reader, and which sections they chose. */
export interface OwnPage {
  reader: OwnReader
  chosen: OfferedSection[]
}

export type PreferencesService = ReturnType<typeof preferencesService>

/** What readers do about their own subscription, by the link that their mails hold. */
export function preferencesService(services: PreferencesServices) {
  const { db, clock, ids, tokens, offered, erase } = services
  const repository = preferencesRepository(db)

  const own = async (token: string): Promise<OwnReader | undefined> => {
    const id = tokens.readLink('preferences', token)
    return id ? repository.reader(id) : undefined
  }

  return {
    own,

    async of(reader: OwnReader): Promise<OwnPage> {
      const chosen = new Set(await chosenSectionsRepository(db).of(reader.id))
      return { reader, chosen: (await offered()).filter(({ id }) => chosen.has(id)) }
    },

    /** Keeps what a reader wishes, with a note of what is different. @param sectionIds none: all sections */
    async change(
      { reader, chosen }: OwnPage,
      { name, frequency }: Omit<Wishes, 'sections'>,
      sectionIds: string[],
    ): Promise<void> {
      const detail = [
        name !== reader.name && 'the name',
        frequency !== reader.frequency && `frequency: ${reader.frequency} → ${frequency}`,
        !sameSections(chosen, sectionIds) && `sections: ${sectionIds.length || 'all'}`,
      ].filter(part => part !== false)
      if (detail.length === 0) return
      await db.transaction(async tx => {
        await preferencesRepository(tx).save(reader.id, { name, frequency })
        await chosenSectionsRepository(tx).choose(reader.id, sectionIds)
        await newsletterRepository(tx).addConsent({
          ...{ id: ids(), subscriberId: reader.id, at: clock().toISOString(), event: 'changed' },
          ...{ form: 'preferences', wording: WORDING, detail: detail.join('; ') },
        })
      })
    },

    /** Everything that is kept of a reader, in pieces of JSON. */
    copy: (reader: OwnReader) => copyOfAll(services, reader.id),

    /** Erases a reader for good. */
    async erase(reader: OwnReader): Promise<void> {
      await db.transaction(tx => erase(tx, reader.id))
    },
  }
}

function sameSections(chosen: OfferedSection[], ids: string[]): boolean {
  return chosen.length === ids.length && chosen.every(({ id }) => ids.includes(id))
}
