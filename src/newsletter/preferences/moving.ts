import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { TooMany } from '../../foundation/errors.js'
import type { MailService } from '../../mail/index.js'
import { type Address, parseAddress } from '../address.js'
import { chosenSectionsRepository } from '../chosen-sections.repository.js'
import { movingRepository } from '../delivery/moving.repository.js'
import { hashOf, newToken } from '../link-tokens.js'
import type { Subscriber } from '../schema.js'
import { type Allowance, domainOf } from '../sign-up/allowance.js'
import type { ReaderLetters } from '../sign-up/letters.js'
import { WORDING } from '../sign-up/reception.js'
import { newsletterRepository } from '../sign-up/repository.js'
import type { Suppressions } from '../suppressions/service.js'
import { preferencesRepository } from './repository.js'
import type { Mover } from './schema.js'

export interface MovingServices {
  db: Database
  clock: Clock
  ids: Ids
  mail: MailService
  letters: ReaderLetters
  suppressions: Suppressions
  allowance: Allowance
}

export type MovingService = ReturnType<typeof movingService>

const HOUR = 3_600_000
const tooMany = 'Too much mail of this kind is under way. Nothing was changed. Try again in an hour.'
const LINK_LASTS = 7 * 86_400_000

/**
 * Readers who want the mail at another address. Links in mails name a reader without end, so the new address gets a row of its
 * own: whoever reads the old mailbox learns nothing of it.
 */
export function movingService({ db, clock, ids, mail, letters, suppressions, allowance }: MovingServices) {
  const repository = preferencesRepository(db)
  const now = () => clock().toISOString()

  const isBarred = async (key: string): Promise<boolean> => {
    const suppression = await suppressions.of(db, key)
    return suppression !== undefined && suppression.reason !== 'erased'
  }

  const note = (tx: Database, subscriberId: string, detail: string) =>
    newsletterRepository(tx).addConsent({
      ...{ id: ids(), subscriberId, at: now(), event: 'moved', form: 'mail', wording: WORDING, detail },
    })

  const settle = async (tx: Database, mover: Mover, { address, key }: Address): Promise<string> => {
    const chosen = await chosenSectionsRepository(tx).of(mover.id)
    const { name, frequency } = mover
    const id = await preferencesRepository(tx).settle({
      ...{ id: ids(), email: address, key, name, frequency, now: now() },
    })
    await chosenSectionsRepository(tx).choose(id, chosen)
    await movingRepository(tx).handOver(mover.id, id, domainOf(key))
    await suppressions.liftErased(tx, address)
    await note(tx, id, `came from an address at ${domainOf(mover.email)}`)
    return id
  }

  return {
    /** Mails a link to the new address; the answer must not tell whether it is on the list, or barred. */
    async ask(reader: Subscriber, { address, key }: Address): Promise<void> {
      const verdict = await allowance.judge(db, key)
      if (verdict === 'later') throw new TooMany(HOUR / 1_000, tooMany)
      if (verdict === 'enough' || (await isBarred(key))) return
      const token = newToken()
      const message = await letters.move(address, token)
      await db.transaction(async tx => {
        await newsletterRepository(tx).removeExpiredTokens(now())
        await preferencesRepository(tx).removeMoves(reader.id)
        const expires = new Date(clock().getTime() + LINK_LASTS).toISOString()
        const row = { hash: hashOf(token), purpose: 'move' as const, subscriberId: reader.id, expires }
        await newsletterRepository(tx).addToken({ ...row, address })
        await allowance.note(tx, key)
        await mail.queue(tx, message)
      })
      mail.wake()
    },

    /** Whom a link moves, and where; undefined when it expired or never was. */
    async mover(token: string): Promise<Mover | undefined> {
      return repository.mover(hashOf(token), now())
    },

    /** Moves a reader and tells the old address. @returns the id of the reader's row at the new address */
    async move(token: string): Promise<string | undefined> {
      const mover = await repository.mover(hashOf(token), now())
      const address = mover && parseAddress(mover.to)
      if (!address || (await isBarred(address.key))) return undefined
      const farewell = await letters.moved(mover.email)
      const id = await db.transaction(async tx => {
        // A second press of the button waits for the first one and finds nothing more to do.
        if (!(await preferencesRepository(tx).mover(hashOf(token), now()))) return undefined
        const id = await settle(tx, mover, address)
        await newsletterRepository(tx).unsubscribe(mover.id, now())
        await preferencesRepository(tx).removeMoves(mover.id)
        await note(tx, mover.id, `went to an address at ${domainOf(address.key)}`)
        await mail.queue(tx, farewell)
        return id
      })
      mail.wake()
      return id
    },
  }
}
