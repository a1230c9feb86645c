import { expect, test } from 'vitest'
import { uuids } from '../../src/foundation/clock.js'

test('ids of one process sort in the order in which they were made, and none comes twice', () => {
  const made = Array.from({ length: 20_000 }, () => uuids())
  expect([...made].sort()).toEqual(made)
  expect(new Set(made).size).toBe(made.length)
  for (const id of made)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  // What follows the sequence is random.
  expect(new Set(made.map(id => id.slice(-11))).size).toBe(made.length)
})
