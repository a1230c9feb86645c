import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from './clock.js'

/** Something that is kept until its time is over. */
interface Kept {
  /** what goes together with others */
  group?: string | undefined
  value: string
  /** milliseconds since 1970 */
  ends: number
}

/** How much of a kind is kept, all of which is kept for the same time; the oldest make room. */
interface Room {
  most: number
  mostOfGroup?: number
}

/** How many are let through in a window of time, in milliseconds. */
interface Share {
  max: number
  windowMs: number
}

interface Counted {
  /** how many of the window were let through, this one included */
  count: number
  /** for how many milliseconds the share is used up; 0 for who is let through */
  wait: number
}

/**
 * What is in memory only and never on a disk, once for all processes that share the port: the first of them holds it, the others
 * ask. Everything in it goes with the program.
 */
export interface Memory {
  /** Counts one more for a key, unless its share is used up. A counter's windows are all of the same length. */
  count(counter: string, key: string, share: Share): Promise<Counted>
  /** Keeps something new. @returns false, and changes nothing, where something is kept under the key already */
  keep(kind: string, key: string, kept: Kept, room: Room): Promise<boolean>
  find(kind: string, key: string): Promise<Kept | undefined>
  forget(kind: string, key: string): Promise<void>
  forgetGroup(kind: string, group: string): Promise<void>
  /** 32 random bytes, base64, the same for all processes */
  secret(name: string): Promise<string>
}

// More keys than this at once are a flood; then the oldest counts go first.
const MOST_KEYS = 50_000
const SWEPT_EVERY = 30_000

/** Memory of this process. */
export function openMemory(clock: Clock): Memory {
  const counters = new Map<string, Counter>()
  const kinds = new Map<string, Shelf>()
  const secrets = new Map<string, string>()
  const now = () => clock().getTime()

  const counter = (name: string): Counter => known(counters, name, () => openCounter(now))
  const shelf = (kind: string): Shelf => known(kinds, kind, () => openShelf(now))

  // Also when nobody comes by.
  setInterval(() => {
    for (const one of kinds.values()) one.sweep()
  }, SWEPT_EVERY).unref()

  return {
    count: async (name, key, share) => counter(name)(key, share),
    keep: async (kind, key, kept, room) => shelf(kind).keep(key, kept, room),
    find: async (kind, key) => shelf(kind).find(key),
    forget: async (kind, key) => shelf(kind).forget(key),
    forgetGroup: async (kind, group) => shelf(kind).forgetGroup(group),
    secret: async name => known(secrets, name, () => randomBytes(32).toString('base64')),
  }
}

function known<T>(all: Map<string, T>, name: string, make: () => T): T {
  const found = all.get(name) ?? make()
  all.set(name, found)
  return found
}

type Counter = (key: string, share: Share) => Counted

interface Window {
  ends: number
  salt: Buffer
  counts: Map<string, number>
  over: NodeJS.Timeout
}

/**
 * Remembers nobody: keys are kept as HMACs under a random salt. One window stands for all of them; when it ends its salt is
 * overwritten and all counts go, also when nobody comes by any more.
 */
function openCounter(now: () => number): Counter {
  let window: Window | undefined

  const forget = (): void => {
    clearTimeout(window?.over)
    window?.salt.fill(0)
    window = undefined
  }

  const begin = (windowMs: number): Window => ({
    ends: now() + windowMs,
    salt: randomBytes(32),
    // Not an LRUCache: that one takes the room for all keys at once, for each of two dozen counters.
    counts: new Map(),
    over: setTimeout(forget, windowMs).unref(),
  })

  return (key, { max, windowMs }) => {
    if (window && window.ends <= now()) forget()
    window ??= begin(windowMs)
    const { salt, counts, ends } = window
    const mark = createHmac('sha256', salt).update(key).digest('base64')
    const count = counts.get(mark) ?? 0
    if (count >= max) return { count, wait: ends - now() }
    counts.delete(mark)
    counts.set(mark, count + 1)
    if (counts.size > MOST_KEYS) counts.delete(counts.keys().next().value as string)
    return { count: count + 1, wait: 0 }
  }
}

type Shelf = ReturnType<typeof openShelf>

function openShelf(now: () => number) {
  const all = new Map<string, Kept>()
  const keysOf = (group: string) => [...all].filter(([, kept]) => kept.group === group).map(([key]) => key)

  const sweep = (): void => {
    const time = now()
    // In the order in which they end.
    for (const [key, { ends }] of all) {
      if (ends > time) break
      all.delete(key)
    }
  }

  return {
    sweep,

    keep(key: string, kept: Kept, { most, mostOfGroup }: Room): boolean {
      sweep()
      if (all.has(key)) return false
      if (kept.group !== undefined && mostOfGroup)
        for (const old of keysOf(kept.group).slice(0, 1 - mostOfGroup)) all.delete(old)
      const [first] = all.keys()
      if (all.size >= most && first !== undefined) all.delete(first)
      all.set(key, kept)
      return true
    },

    find(key: string): Kept | undefined {
      const kept = all.get(key)
      return kept && kept.ends > now() ? kept : undefined
    },

    forget: (key: string): void => void all.delete(key),
    forgetGroup: (group: string): void => {
      for (const key of keysOf(group)) all.delete(key)
    },
  }
}
