import { isIPv6 } from 'node:net'
import { TooMany } from './errors.js'
import type { Memory } from './memory.js'

/**
 * What stands for all whom a program on this machine hands over from one address, such as Tor or a proxy that `TRUST_PROXY`
 * does not name: nobody can tell them apart.
 */
export const THIS_MACHINE = 'this machine'
const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

export interface LimiterOptions {
  /** what is counted; no other limiter has this name */
  name: string
  /** how many are let through per window */
  max: number
  /** length of the window in milliseconds */
  windowMs: number
  memory: Memory
  /** what the visitor is told */
  message?: string
}

/** Counts one request for `key`, whichever process it came to. Throws `TooMany` once the window's share is used up. */
export type Limiter = (key: string) => Promise<void>

/** A fixed-window limiter. Nothing of its keys is kept but marks in memory, for as long as the window lasts. */
export function limiter({ name, max, windowMs, memory, message }: LimiterOptions): Limiter {
  return async key => {
    const { wait } = await memory.count(name, key, { max, windowMs })
    if (wait > 0) throw new TooMany(Math.ceil(wait / 1_000), message)
  }
}

/** Lets everything pass: what `RATE_LIMITS=off` puts in a limiter's place. */
export const unlimited: Limiter = async () => undefined

/** What stands for one client: an IPv4 address, or the /64 that one IPv6 subscriber usually holds. */
export function clientKey(address: string): string {
  if (loopback.has(address)) return THIS_MACHINE
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const left = head.split(':').filter(Boolean)
  const right = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
