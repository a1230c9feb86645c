import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { managedNonce } from '@noble/ciphers/utils.js'
import { base64, base64urlnopad } from '@scure/base'
import type { Fields } from './fields.js'

/** A text that this browser keeps until the server has it. */
export interface Copy {
  key: string
  /** when it was written, ISO 8601 */
  at: string
  /** the saved version that it was made from */
  version: number
  fields: Fields
}

/** Copies of one article by one account. Another account in this browser is never offered them. */
export interface Copies {
  /** Writes this page's copy. Answers whether the browser had room for it. */
  keep(version: number, fields: Fields): boolean
  /** Forgets this page's copy: the server has it. */
  forget(): void
  /** What earlier pages left, newest first. */
  left(): Copy[]
  discard(copies: Copy[]): void
}

const oldestDays = 60

export interface Owner {
  account: string
  article: string
  /** of 32 bytes, base64url, that the desk gives to this account's pages alone; the first seals, the others open what it replaced */
  keys: string[]
}

/**
 * Local storage is written at once, so that what was typed a moment before a crash is there; a copy of a long
 * article takes a few per cent of its room. It is sealed with a key that only the desk's pages hold: whoever opens this browser after
 * its owner has signed out reads nothing in it (ASVS 5.0, 14.3.1 and 14.3.3).
 */
export function openCopies(storage: Storage | undefined, { account, article, keys: given }: Owner): Copies {
  const seal = sealing(given)
  if (!storage || !seal) return nowhere
  const prefix = `handpress/copy/${account}/${article}/`
  const own = prefix + crypto.randomUUID()
  const keys = () => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  forgetOld(storage, keys())
  return {
    keep: (version, fields) => {
      try {
        const sealed = seal.close({ version, fields })
        storage.setItem(own, JSON.stringify({ at: new Date().toISOString(), sealed }))
        return true
      } catch {
        return false
      }
    },
    forget: () => storage.removeItem(own),
    left: () =>
      keys()
        .filter(key => key.startsWith(prefix) && key !== own)
        .flatMap(key => read(storage, key, seal))
        .sort((a, b) => b.at.localeCompare(a.at)),
    discard: copies => {
      for (const { key } of copies) storage.removeItem(key)
    },
  }
}

/** Where the browser keeps nothing for this site. */
const nowhere: Copies = {
  keep: () => false,
  forget: () => undefined,
  left: () => [],
  discard: () => undefined,
}

/** This browser's storage; undefined where it is switched off. */
export function browserStorage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

type Seal = NonNullable<ReturnType<typeof sealing>>

function sealing(keys: string[]) {
  const ciphers = keys
    .filter(key => /^[\w-]{43}$/.test(key))
    .map(key => managedNonce(xchacha20poly1305)(base64urlnopad.decode(key)))
  const [newest] = ciphers
  if (!newest) return undefined
  return {
    close: (content: object): string =>
      base64.encode(newest.encrypt(new TextEncoder().encode(JSON.stringify(content)))),
    /** Throws when none of the keys opens it. */
    open(sealed: string) {
      const bytes = base64.decode(sealed)
      const opened = ciphers.flatMap(cipher => orNothing(() => cipher.decrypt(bytes)))
      return JSON.parse(new TextDecoder().decode(opened[0]))
    },
  }
}

function orNothing<T>(work: () => T): T[] {
  try {
    return [work()]
  } catch {
    return []
  }
}

function read(storage: Storage, key: string, seal: Seal): Copy[] {
  try {
    const { at, sealed } = JSON.parse(storage.getItem(key) ?? '')
    const { version, fields } = seal.open(sealed)
    if (typeof at !== 'string' || typeof version !== 'number' || typeof fields?.body !== 'string') return []
    return [{ key, at, version, fields }]
  } catch {
    return []
  }
}

function forgetOld(storage: Storage, keys: string[]): void {
  const oldest = new Date(Date.now() - oldestDays * 86_400_000).toISOString()
  for (const key of keys.filter(key => key.startsWith('handpress/copy/'))) {
    if (writtenAt(storage, key) < oldest) storage.removeItem(key)
  }
}

// Earlier versions wrote copies that anybody reads: they count as too old.
function writtenAt(storage: Storage, key: string): string {
  try {
    const { at, sealed } = JSON.parse(storage.getItem(key) ?? '')
    return typeof sealed === 'string' ? String(at) : ''
  } catch {
    return ''
  }
}
