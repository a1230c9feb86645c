import { randomBytes } from 'node:crypto'
import type { Database } from '../foundation/database.js'
import { factorsRepository } from './factors.repository.js'
import type { Mark, StaffKeys } from './keys.js'

const CODES = 10

// 140 bits, so that whoever takes the database and the key finds none by trying (ASVS 5.0, 6.5.2 and 11.5.1).
const LENGTH = 28

// Crockford's base 32: no i, l, o, u, which hands confuse.
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

export type RecoveryCodes = ReturnType<typeof recoveryCodes>

/**
 * Ten codes of 140 random bits each, for who lost the second factor. Each works once. Those of 50 bits that earlier
 * versions made work until new ones are made.
 */
export function recoveryCodes(keys: StaffKeys) {
  const marksOf = (accountId: string, code: string) => keys.everyMark('recovery', `${accountId} ${code}`)
  return {
    /** Makes new ones, which ends all earlier ones. They can be shown now and never again. */
    async renew(tx: Database, accountId: string): Promise<string[]> {
      const codes = Array.from({ length: CODES }, newCode)
      await factorsRepository(tx).saveRecoveryCodes(
        accountId,
        codes.flatMap(code => marksOf(accountId, code).slice(0, 1).map(nameOf)),
      )
      return codes.map(code => code.replace(/.{4}(?=.)/g, '$&-'))
    },

    /** @param code without spaces and hyphens, in lower case */
    async spend(tx: Database, accountId: string, code: string): Promise<boolean> {
      // Earlier versions did not write down which key had made a mark.
      const candidates = marksOf(accountId, code).flatMap(made => [nameOf(made), made.mark])
      return factorsRepository(tx).spendRecoveryCode(accountId, candidates)
    },
  }
}

const nameOf = ({ key, mark }: Mark): string => `${key}.${mark}`

function newCode(): string {
  return [...randomBytes(LENGTH)].map(byte => LETTERS[byte % 32]).join('')
}
