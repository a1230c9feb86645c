import type { Database } from '../foundation/database.js'
import { keyId, type Ring } from '../foundation/secret.js'
import { factorsRepository } from './factors.repository.js'
import { staffKeys } from './keys.js'
import { ownerOfSeed } from './totp.js'

/** What follows for accounts when `staff-key` is replaced, and when the older ones are forgotten. */
export const staffKeyChange = {
  /** Seals anew, with the newest key, the seed of every app that an older one sealed. */
  async replaced(tx: Database, ring: Ring): Promise<void> {
    const keys = staffKeys(ring)
    const repository = factorsRepository(tx)
    for (const { accountId, sealed } of await repository.sealedSeeds()) {
      const anew = keys.sealAnew(sealed, ownerOfSeed(accountId))
      if (anew) await repository.saveSeed(accountId, anew)
    }
  },

  /** Takes away the recovery codes of keys that are not believed any more: their owners see that none are left. */
  async forgotten(tx: Database, { newest }: Ring): Promise<void> {
    await factorsRepository(tx).removeRecoveryCodesOfOthers(keyId(newest))
  },

  /** How many recovery codes end with the older keys. */
  codesThatEnd(db: Database, { newest }: Ring): Promise<number> {
    return factorsRepository(db).recoveryCodesOfOthers(keyId(newest))
  },
}
