import { timingSafeEqual } from 'node:crypto'
import type { StaffKeys } from './keys.js'
import { newToken } from './tokens.js'

export type KnownDevices = ReturnType<typeof knownDevices>

/**
 * Marks of browsers that signed in before. While strangers are shut out of an account such a browser still has tries
 * of its own (OWASP: device cookies against guessing and locking out). It says nothing of who uses it now.
 */
export function knownDevices(keys: StaffKeys) {
  const markOf = (nonce: string, accountId: string) => keys.mark('device', `${accountId} ${nonce}`)
  return {
    /** A new mark for the browser of this account. */
    newMark(accountId: string): string {
      const nonce = newToken()
      return `${nonce}.${markOf(nonce, accountId)}`
    },

    /** Which device it is; undefined when it did not sign in to this account before. */
    deviceOf(mark: string | undefined, accountId: string | undefined): string | undefined {
      const [nonce = '', proof = ''] = (mark ?? '').split('.')
      const expected = Buffer.from(markOf(nonce, accountId ?? ''))
      const given = Buffer.from(proof)
      const right = given.length === expected.length && timingSafeEqual(given, expected)
      return right && accountId ? nonce : undefined
    },
  }
}
