import type { Metrics } from '../foundation/metrics.js'

/** What pages that are kept as finished bytes do since the start, and what they take now. */
export interface KeptPages {
  found: number
  made: number
  evicted: number
  pages: number
  bytes: number
}

export function readKeptPages(metrics: Metrics, tally: () => KeptPages): void {
  const events = { kind: 'counter', labels: [], together: 'each' } as const
  const amounts = { kind: 'gauge', labels: [], together: 'each' } as const
  const all = [
    ['found', 'hits_total', 'Requests answered with bytes that were finished before.', events],
    ['made', 'misses_total', 'Pages that had to be made before they could be kept.', events],
    ['evicted', 'evictions_total', 'Pages that made room for others.', events],
    ['pages', 'pages', 'Pages that are kept.', amounts],
    ['bytes', 'bytes', 'Memory that they take.', amounts],
  ] as const
  for (const [part, name, help, described] of all)
    metrics.reading({ name: `handpress_page_cache_${name}`, help, ...described }, () => [[[], tally()[part]]])
}
