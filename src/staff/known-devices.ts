import type { StaffKeys } from './keys.js'
import { newToken } from './tokens.js'

export type KnownDevices = ReturnType<typeof knownDevices>

/**
 * Marks of browsers that signed in before. While strangers are shut out of an account such a browser still has tries
 * of its own (OWASP: device cookies against guessing and locking out). It says nothing of who uses it now. It is bound
 * to the address that was typed, so that nothing need be looked up before a try is refused: that would take time.
 */
export function knownDevices(keys: StaffKeys) {
  return {
    /** A new mark for the browser of an account. */
    newMark(email: string): string {
      const nonce = newToken()
      return `${nonce}.${keys.mark('device', `${email} ${nonce}`)}`
    },

    /** Which device it is; undefined when it did not sign in to this account before. */
    deviceOf(mark: string | undefined, email: string): string | undefined {
      const [nonce = '', proof = ''] = (mark ?? '').split('.')
      return keys.isMark('device', `${email} ${nonce}`, proof) ? nonce : undefined
    },
  }
}
