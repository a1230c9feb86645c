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

/**
 * Local storage is written at once, so that what was typed a moment before a crash is there; a copy of a long
 * article takes a few per cent of its room.
 */
export function openCopies(storage: Storage | undefined, account: string, article: string): Copies {
  if (!storage) return nowhere
  const prefix = `handpress/copy/${account}/${article}/`
  const own = prefix + crypto.randomUUID()
  const keys = () => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  forgetOld(storage, keys())
  return {
    keep: (version, fields) => {
      try {
        storage.setItem(own, JSON.stringify({ at: new Date().toISOString(), version, fields }))
        return true
      } catch {
        return false
      }
    },
    forget: () => storage.removeItem(own),
    left: () =>
      keys()
        .filter(key => key.startsWith(prefix) && key !== own)
        .flatMap(key => read(storage, key))
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

function read(storage: Storage, key: string): Copy[] {
  try {
    const { at, version, fields } = JSON.parse(storage.getItem(key) ?? '')
    if (typeof at !== 'string' || typeof version !== 'number' || typeof fields?.body !== 'string') return []
    return [{ key, at, version, fields }]
  } catch {
    return []
  }
}

function forgetOld(storage: Storage, keys: string[]): void {
  const oldest = new Date(Date.now() - oldestDays * 86_400_000).toISOString()
  for (const key of keys.filter(key => key.startsWith('handpress/copy/'))) {
    if ((read(storage, key)[0]?.at ?? '') < oldest) storage.removeItem(key)
  }
}
