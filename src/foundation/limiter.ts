import { createHmac, randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.js'
import { TooMany } from './errors.js'

const HOUR = 3_600_000

export interface LimiterOptions {
  /** how many are let through per window */
  max: number
  /** length of the window in milliseconds */
  windowMs: number
  clock: Clock
  /** what the visitor is told */
  message?: string
}

/** Counts one request for `key`. Throws `TooMany` once the window's share is used up. */
export type Limiter = (key: string) => void

/**
 * A fixed-window limiter that remembers nobody: keys are kept in memory only, as HMACs under a random salt
 * that is thrown away every hour together with all counts.
 */
export function limiter({ max, windowMs, clock, message }: LimiterOptions): Limiter {
  let salt = randomBytes(32)
  let saltedAt = clock().getTime()
  const windows = new LRUCache<string, { count: number; ends: number }>({ max: 50_000 })

  return key => {
    const now = clock().getTime()
    if (now - saltedAt >= HOUR) {
      salt = randomBytes(32)
      saltedAt = now
      windows.clear()
    }
    const mark = createHmac('sha256', salt).update(key).digest('base64')
    const current = windows.get(mark)
    const window = current && current.ends > now ? current : { count: 0, ends: now + windowMs }
    if (window.count >= max) throw new TooMany(Math.ceil((window.ends - now) / 1_000), message)
    window.count += 1
    windows.set(mark, window)
  }
}

/** Lets everything pass: what `RATE_LIMITS=off` puts in a limiter's place. */
export const unlimited: Limiter = () => undefined

/** What stands for one client: an IPv4 address, or the /64 that one IPv6 subscriber usually holds. */
export function clientKey(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const left = head.split(':').filter(Boolean)
  const right = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
