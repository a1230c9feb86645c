import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

export type StaffKeys = ReturnType<typeof staffKeys>

/**
 * What the secret of DATA_DIR is used for, each with a key of its own, so that a copy of the database alone neither
 * holds nor proves anything.
 */
export function staffKeys(secret: Buffer) {
  const derived = new Map<string, Buffer>()
  const key = (use: string): Buffer => {
    const known =
      derived.get(use) ?? Buffer.from(hkdfSync('sha256', secret, '', `handpress staff ${use}`, 32))
    derived.set(use, known)
    return known
  }
  const sealing = key('seal')

  return {
    /** A mark that only this press can make: HMAC-SHA256, base64url. */
    mark(use: string, text: string): string {
      return createHmac('sha256', key(use)).update(text).digest('base64url')
    },

    /** Encrypts a text. @param owner what it belongs to; it opens for nothing else */
    seal(text: string, owner: string): string {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv(CIPHER, sealing, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return sealed.toString('base64url')
    },

    /** Decrypts what `seal` made; undefined for everything else. */
    open(sealed: string, owner: string): string | undefined {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < NONCE + TAG) return undefined
      try {
        const decipher = createDecipheriv(CIPHER, sealing, bytes.subarray(0, NONCE), { authTagLength: TAG })
        decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-TAG))
        return decipher.update(bytes.subarray(NONCE, -TAG)).toString('utf8') + decipher.final('utf8')
      } catch {
        return undefined
      }
    },
  }
}
