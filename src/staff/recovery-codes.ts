import { randomBytes } from 'node:crypto'
import type { Database } from '../foundation/database.js'
import { factorsRepository } from './factors.repository.js'
import type { StaffKeys } from './keys.js'

const CODES = 10

// Crockford's base 32: no i, l, o, u, which hands confuse.
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

export type RecoveryCodes = ReturnType<typeof recoveryCodes>

/** Ten codes of 50 random bits each, for who lost the second factor. Each works once. */
export function recoveryCodes(keys: StaffKeys) {
  const hashOf = (accountId: string, code: string) => keys.mark('recovery', `${accountId} ${code}`)
  return {
    /** Makes new ones, which ends all earlier ones. They can be shown now and never again. */
    async renew(tx: Database, accountId: string): Promise<string[]> {
      const codes = Array.from({ length: CODES }, newCode)
      await factorsRepository(tx).saveRecoveryCodes(
        accountId,
        codes.map(code => hashOf(accountId, code)),
      )
      return codes.map(code => `${code.slice(0, 5)}-${code.slice(5)}`)
    },

    /** @param code without spaces and hyphens, in lower case */
    async spend(tx: Database, accountId: string, code: string): Promise<boolean> {
      return factorsRepository(tx).spendRecoveryCode(accountId, hashOf(accountId, code))
    },
  }
}

function newCode(): string {
  return [...randomBytes(10)].map(byte => LETTERS[byte % 32]).join('')
}
