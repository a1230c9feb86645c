import type { Target } from './addresses.js'

/** Where an address leads now, if it leads anywhere. */
export type Next = (key: string) => Promise<Target | undefined>

export type Followed =
  | { target: Target; loop?: undefined; via: string[] }
  /** the addresses in their order, the last of which stood before */
  | { loop: string[] }

const LONGEST = 30

/**
 * Follows a redirect that is about to be made to where it ends, so that readers need one step only.
 * @param from the address that it leads from
 * @param first where it is to lead
 */
export async function follow(from: string, first: Target, next: Next): Promise<Followed> {
  const seen = [from]
  let target = first
  while (target.key) {
    if (seen.includes(target.key) || seen.length > LONGEST) return { loop: [...seen, target.key] }
    seen.push(target.key)
    const following = await next(target.key)
    if (!following) break
    target = following
  }
  return { target, via: seen.slice(1).filter(key => key !== target.key) }
}

/** A chain as people read it. */
export function chain(addresses: string[]): string {
  return addresses.length > 8
    ? `${addresses.slice(0, 4).join(' → ')} → … → ${addresses.slice(-2).join(' → ')}`
    : addresses.join(' → ')
}
