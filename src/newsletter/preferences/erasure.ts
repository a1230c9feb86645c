import type { Database } from '../../foundation/database.js'
import type { MailService } from '../../mail/index.js'
import type { Suppressions } from '../suppressions/service.js'
import { erasureRepository } from './erasure.repository.js'
import { overwriting } from './erasure.sqlite.js'

export interface ErasureServices {
  mail: Pick<MailService, 'forget'>
  suppressions: Suppressions
}

/**
 * Erases a reader, in the caller's transaction: all that is kept of them, mail to them that waits, and their address, of which
 * only a keyed hash stays on the list of suppressions, so that no import brings it back.
 * @returns whether there was such a reader
 */
export type Erase = (tx: Database, readerId: string) => Promise<boolean>

export function eraser({ mail, suppressions }: ErasureServices): Erase {
  return (tx, readerId) =>
    overwriting(tx, async () => {
      const destinations = await erasureRepository(tx).destinations(readerId)
      const email = await erasureRepository(tx).remove(readerId)
      if (email === undefined) return false
      for (const address of [email, ...destinations]) await mail.forget(tx, address)
      await erasureRepository(tx).removeUnmatchedBounces(email)
      await erasureRepository(tx).removeLifted(email)
      await suppressions.add(tx, { email, reason: 'erased', detail: '' })
      return true
    })
}
