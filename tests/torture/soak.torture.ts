import { expect, test } from 'vitest'
import { hasProgram } from '../support/browser.js'
import { soak } from './soak/index.js'
import { unevenIn } from './soak/level.js'

/** A short day is all beginning, on a machine that does other work. */
const LENIENT = { growth: 0.03, slower: Number.POSITIVE_INFINITY }

test.skipIf(!hasProgram('wrk', '-v'))(
  'a short day in fast-forward, 200,000 requests: memory, files and connections are level, nobody is cut off (apt-get install wrk)',
  async () => {
    const { tenths, requests } = await soak({ requests: 200_000, minutes: 5, articles: 5_000 })
    expect(requests).toBeGreaterThanOrEqual(200_000)
    expect(unevenIn(tenths, LENIENT)).toEqual([])
  },
  600_000,
)
