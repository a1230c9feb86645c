import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type KeptPage, type Place, pageCache } from '../../src/foundation/page-cache.js'
import { Representation } from '../../src/foundation/representation.js'

const CAPACITY = 2_000_000
const encodings = ['identity', 'gzip', 'br'] as const

function openCache() {
  const cache = pageCache({ contentVersion: () => 1, capacity: CAPACITY })
  const keep = async (address: string): Promise<Representation> => {
    const claimed = await cache.claim({ address, route: '/articles/:slug', parameters: [] })
    const body = Buffer.from(randomBytes(8_000).toString('hex'))
    const representation = new Representation(body, { type: 'text/html', headers: {} })
    ;(claimed as Place).keep(representation)
    return representation
  }
  return { cache, keep }
}

/** What the memory behind a page's bytes takes, all of it. */
const allocated = ({ representation }: KeptPage): number =>
  encodings.reduce((sum, encoding) => {
    const bytes = representation.ready(encoding)?.answer.body
    return sum + (bytes?.buffer.byteLength ?? 0)
  }, 0)

test('pages take no more memory than they may, also when they are asked for in other encodings later', async () => {
  const { cache, keep } = openCache()
  const addresses = Array.from({ length: 200 }, (_, number) => `/articles/story-${number}`)
  for (const address of addresses) {
    const representation = await keep(address)
    for (const encoding of encodings) await representation.coded(encoding)
    if (address.endsWith('0')) await representation.densify()
  }
  const kept = addresses.flatMap(address => cache.find(address) ?? [])
  const taken = kept.reduce((sum, page) => sum + allocated(page), 0)
  const { bytes, pages } = cache.tally()
  expect(pages).toBe(kept.length)
  expect(pages).toBeGreaterThan(40)
  expect(taken).toBeGreaterThan(CAPACITY / 2)
  expect(taken).toBeLessThanOrEqual(bytes)
  expect(bytes).toBeLessThanOrEqual(CAPACITY)
})
