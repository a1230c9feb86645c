import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.js'
import type { Memory } from '../../foundation/memory.js'

/** Counted from the sign-in and never made longer: a page that says when it ends is right until then. */
export const SESSION_MINUTES = 30

// Each needs a tip, so that nobody fills this from nothing; the tips of one who tries push each other out first.
const ROOM = { most: 5_000, mostOfGroup: 5 }
const KIND = 'source sessions'

/** A source who has come back, for half an hour at most; in memory only. */
export interface Session {
  /** 256 random bits, base64url; nothing but the forms of the source's own page has it */
  token: string
  tipId: string
  /** Opens the private key that replies are sealed to, where the codename was typed here; whoever does erases it again. */
  identity?: (() => Buffer) | undefined
  ends: Date
}

export type Sessions = ReturnType<typeof openSessions>

const Content = z.object({ tipId: z.string(), sealed: z.string().optional() })

/**
 * The sources who have come back. Their page carries a token in its forms, which sends it in bodies only: no browser keeps it, no
 * other page of the paper is sent it, no address shows it. A restart ends all sessions; nothing of them is ever on a disk. They are kept under the hash of the
 * token, so that how long a comparison takes tells nothing, and the private key in them is sealed with the token: between two
 * requests nobody here can open it, in whichever process it lies.
 */
export function openSessions({ clock, memory }: { clock: Clock; memory: Memory }) {
  return {
    /** Opens a session. @param identity is erased by the caller */
    async begin(tipId: string, identity?: Buffer): Promise<Session> {
      const token = randomBytes(32).toString('base64url')
      const ends = clock().getTime() + SESSION_MINUTES * 60_000
      const value = JSON.stringify({ tipId, sealed: identity && seal(identity, token) })
      await memory.keep(KIND, hash(token), { group: tipId, value, ends }, ROOM)
      return opened({ value, ends }, token)
    },

    /** The live session of a token. */
    async find(token: string): Promise<Session | undefined> {
      const kept = await memory.find(KIND, hash(token))
      return kept && opened(kept, token)
    },

    /** Ends the session of a token. */
    end: (token: string): Promise<void> => memory.forget(KIND, hash(token)),

    /** Ends every session of a tip, which is gone. */
    endAllOf: (tipId: string): Promise<void> => memory.forgetGroup(KIND, tipId),
  }
}

function opened({ value, ends }: { value: string; ends: number }, token: string): Session {
  const { tipId, sealed } = Content.parse(JSON.parse(value))
  return {
    token,
    tipId,
    ends: new Date(ends),
    identity: sealed === undefined ? undefined : () => open(sealed, token),
  }
}

const CIPHER = 'chacha20-poly1305'
// Each key seals one thing only, so the nonce need not differ.
const NONCE = Buffer.alloc(12)
const TAG = { authTagLength: 16 }

function seal(identity: Buffer, token: string): string {
  const cipher = createCipheriv(CIPHER, keyOf(token), NONCE, TAG)
  return Buffer.concat([cipher.update(identity), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

function open(sealed: string, token: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(CIPHER, keyOf(token), NONCE, TAG).setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])
}

function keyOf(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'handpress source session', 32))
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
