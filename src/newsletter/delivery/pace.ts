import type { Clock } from '../../foundation/clock.js'
import type { Mailing } from './schema.js'

const WINDOW = 60_000

/** Measures how fast mailings get on, from what was accepted by all workers within the last minute. */
export function pace(clock: Clock) {
  let samples: { at: number; accepted: Map<string, number> }[] = []

  return (mailings: Mailing[]): { issueId: string; perMinute: number }[] => {
    const at = clock().getTime()
    samples = [...samples.filter(sample => at - sample.at <= WINDOW), { at, accepted: counts(mailings) }]
    return mailings.flatMap(({ issueId, accepted }) => {
      const first = samples.find(sample => sample.accepted.has(issueId))
      if (!first || first.at === at) return []
      const grown = accepted - (first.accepted.get(issueId) ?? 0)
      return [{ issueId, perMinute: Math.round((grown / (at - first.at)) * 60_000) }]
    })
  }
}

function counts(mailings: Mailing[]): Map<string, number> {
  return new Map(mailings.map(({ issueId, accepted }) => [issueId, accepted]))
}
