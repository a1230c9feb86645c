import { LRUCache } from 'lru-cache'
import type { Clock } from '../../foundation/clock.js'

// So many recipients of one domain put off in a row, and it is the domain that does not want more now.
const STRIKES = 5
const SHORTEST_REST = 60_000
const LONGEST_REST = 3_600_000

interface Record {
  strikes: number
  rests: number
  until: number
}

export type Domains = ReturnType<typeof domainPacing>

/**
 * Keeps one slow domain from taking all connections, and lets a domain rest that puts off one recipient after the other.
 * @param cap how many mails may be under way to one domain while others wait
 */
export function domainPacing({ cap, clock }: { cap(): number; clock: Clock }) {
  const underWay = new Map<string, number>()
  const records = new LRUCache<string, Record>({ max: 10_000 })
  // Bounded by the connections: a domain rests after mails of its own were under way.
  const resting = new Map<string, number>()

  const awake = (): void => {
    const now = clock().getTime()
    for (const [domain, until] of resting) if (until <= now) resting.delete(domain)
  }

  return {
    began(domain: string): void {
      underWay.set(domain, (underWay.get(domain) ?? 0) + 1)
    },

    ended(domain: string): void {
      const left = (underWay.get(domain) ?? 1) - 1
      if (left > 0) underWay.set(domain, left)
      else underWay.delete(domain)
    },

    /** A recipient was put off; the fifth in a row sends the domain to rest, each time for longer. */
    putOff(domain: string): void {
      const { strikes, rests, until } = records.get(domain) ?? { strikes: 0, rests: 0, until: 0 }
      const now = clock().getTime()
      if (until > now) return
      if (strikes + 1 < STRIKES) {
        records.set(domain, { strikes: strikes + 1, rests, until })
        return
      }
      const rest = now + Math.min(SHORTEST_REST * 2 ** rests, LONGEST_REST)
      records.set(domain, { strikes: 0, rests: rests + 1, until: rest })
      resting.set(domain, rest)
    },

    /** It took one, or refused one for good: it talks to us. */
    answered(domain: string): void {
      records.delete(domain)
    },

    hasRoom: (domain: string): boolean => (underWay.get(domain) ?? 0) < cap(),

    /** Domains that have as many mails under way as they may. */
    full: (): string[] => [...underWay].filter(([, count]) => count >= cap()).map(([domain]) => domain),

    /** Domains that rest, and when the first of them wakes, ISO 8601; undefined while none does. */
    resting(): { domains: string[]; until: string } | undefined {
      awake()
      if (resting.size === 0) return undefined
      return {
        domains: [...resting.keys()].slice(0, 200),
        until: new Date(Math.min(...resting.values())).toISOString(),
      }
    },

    /** Until when a domain rests, ISO 8601. */
    restsUntil(domain: string): string | undefined {
      const until = resting.get(domain)
      return until !== undefined && until > clock().getTime() ? new Date(until).toISOString() : undefined
    },
  }
}
