import { expect, test } from 'vitest'
import { type Tenth, unevenIn } from './torture/soak/level.js'

const even: Tenth = {
  ...{ tenth: 1, requests: 1_000_000, 'requests/s': 7_000, 'p50 ms': 5, 'p99 ms': 40 },
  ...{ 'memory MB': 400, 'heap MB': 80, files: 60, sockets: 80, '5xx': 0, cut: 0 },
}
const day = (of: (tenth: number) => Partial<Tenth>) =>
  Array.from({ length: 10 }, (_, index) => ({ ...even, tenth: index + 1, ...of(index + 1) }))

test('a day is level when only its first fifth differs, memory in its first half, or memory wavers', () => {
  expect(unevenIn(day(() => ({})))).toEqual([])
  expect(unevenIn(day(tenth => (tenth < 3 ? { 'memory MB': 200, files: 90, 'p99 ms': 500 } : {})))).toEqual(
    [],
  )
  expect(unevenIn(day(tenth => ({ 'memory MB': tenth % 2 ? 390 : 410 })))).toEqual([])
  // As ten million requests had it on 2026-11-29.
  const filled = [344, 400, 404, 405, 411, 424, 428, 425, 428, 428]
  expect(unevenIn(day(tenth => ({ 'memory MB': filled[tenth - 1] ?? 0 })))).toEqual([])
})

test('it is not when memory, files, connections or the tail grow, or anybody is answered 5xx or cut off', () => {
  expect(unevenIn(day(tenth => ({ 'memory MB': 400 + 3 * tenth })))).toEqual([
    'Memory grows by 0.71 % a tenth.',
  ])
  expect(unevenIn(day(tenth => ({ 'memory MB': tenth < 6 ? 424 : 412 + 2.5 * tenth })))).toEqual([
    'Memory grows by 0.58 % a tenth.',
  ])
  expect(unevenIn(day(tenth => ({ files: 60 + Math.floor(tenth / 10) })))).toEqual([
    'Open files grow from 60 to 61.',
  ])
  expect(unevenIn(day(tenth => ({ sockets: 80 + tenth * 2 })))).toEqual(['Connections grow from 86 to 100.'])
  expect(unevenIn(day(tenth => (tenth === 10 ? { 'p99 ms': 81 } : {})))).toEqual([
    'The tail grows from 40 to 81 ms.',
  ])
  expect(unevenIn(day(tenth => (tenth === 1 ? { '5xx': 1, cut: 1 } : {})))).toEqual([
    '2 requests were answered 5xx, or were cut.',
  ])
})
