import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { sealing } from '../foundation/sealing.js'
import { keyId, type Ring } from '../foundation/secret.js'

export type StaffKeys = ReturnType<typeof staffKeys>

/** A mark, and which key made it. */
export interface Mark {
  key: string
  mark: string
}

/**
 * What the secret of DATA_DIR is used for, each with a key of its own, so that a copy of the database alone neither
 * holds nor proves anything. The newest secret makes marks and seals; what older ones made is believed and opened.
 */
export function staffKeys(ring: Ring) {
  const older = ring.older.map(uses)
  const newest = uses(ring.newest)
  const all = [newest, ...older]

  return {
    /** A mark that only this press can make: HMAC-SHA256, base64url. */
    mark: newest.mark,

    /** The marks that each key makes, of the newest first. */
    everyMark(use: string, text: string): Mark[] {
      return all.map(key => ({ key: key.id, mark: key.mark(use, text) }))
    },

    /** Whether a mark is one of this press, in a time that tells nothing of how much of it is right. */
    isMark(use: string, text: string, given: string): boolean {
      return all.some(key => isSame(key.mark(use, text), given))
    },

    /** Encrypts a text. @param owner what it belongs to; it opens for nothing else */
    seal: newest.seal,

    /** Decrypts what `seal` made; undefined for everything else. */
    open(sealed: string, owner: string): string | undefined {
      for (const key of all) {
        const text = key.open(sealed, owner)
        if (text !== undefined) return text
      }
      return undefined
    },

    /** Seals anew what an older key sealed; undefined where that is not so. */
    sealAnew(sealed: string, owner: string): string | undefined {
      if (newest.open(sealed, owner) !== undefined) return undefined
      const text = this.open(sealed, owner)
      return text === undefined ? undefined : newest.seal(text, owner)
    },
  }
}

function uses(secret: Buffer) {
  const derived = new Map<string, Buffer>()
  const key = (use: string): Buffer => {
    const known =
      derived.get(use) ?? Buffer.from(hkdfSync('sha256', secret, '', `handpress staff ${use}`, 32))
    derived.set(use, known)
    return known
  }
  const { seal, open } = sealing(key('seal'))
  return {
    id: keyId(secret),
    mark: (use: string, text: string) => createHmac('sha256', key(use)).update(text).digest('base64url'),
    seal,
    open: (sealed: string, owner: string) => open(sealed, owner)?.toString('utf8'),
  }
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
