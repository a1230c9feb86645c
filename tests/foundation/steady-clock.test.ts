import { expect, test } from 'vitest'
import { createLogger } from '../../src/foundation/log.js'
import { type Handed, steadyClock } from '../../src/foundation/steady-clock.js'

const DAY = 86_400_000
const MINUTE = 60_000

/** A machine whose clock can be set, and which can sleep. */
function machine() {
  const now = { wall: Date.parse('2021-01-04T12:00:00.000Z'), ticks: 5_000, awake: 9_000 }
  const lines: string[] = []
  const log = createLogger('warn', { write: line => void lines.push(line) })
  const process = (began: number, handed?: Handed) =>
    steadyClock(log, { wall: () => now.wall, ticks: () => now.ticks - began, awake: () => now.awake }, handed)
  const { clock, doubt, handOver } = process(0)
  return {
    logged: () => lines.map(line => JSON.parse(line)),
    /** A process that is begun now. */
    worker: () => process(now.ticks, handOver()),
    stranger: () => process(now.ticks),
    now: () => clock().toISOString(),
    doubt,
    set(by: number) {
      now.wall += by
    },
    pass(time: number) {
      for (const hand of ['wall', 'ticks', 'awake'] as const) now[hand] += time
    },
    sleep(time: number) {
      for (const hand of ['wall', 'awake'] as const) now[hand] += time
    },
  }
}

test.each([2 * DAY, -2 * DAY])('a clock that jumps by %i ms is not believed, until it is right again', by => {
  const { now, doubt, set, pass } = machine()
  pass(MINUTE)
  expect(now()).toBe('2021-01-04T12:01:00.000Z')
  set(by)
  pass(MINUTE)
  expect(now()).toBe('2021-01-04T12:02:00.000Z')
  expect(doubt()?.to.getTime()).toBe(Date.parse('2021-01-04T12:02:00.000Z') + by)
  pass(60 * MINUTE)
  expect(now()).toBe('2021-01-04T13:02:00.000Z')
  set(-by)
  expect(now()).toBe('2021-01-04T13:02:00.000Z')
  expect(doubt()).toBeUndefined()
})

test('the log says what time it was and what the clock said', () => {
  const { now, logged, set } = machine()
  set(2 * DAY)
  now()
  set(-2 * DAY)
  now()
  expect(logged()).toMatchObject([
    { known: '2021-01-04T12:00:00.000Z', said: '2021-01-06T12:00:00.000Z' },
    { doubted: '2021-01-04T12:00:00.000Z', believed: '2021-01-04T12:00:00.000Z' },
  ])
})

test('small steps are followed, as a clock that the network sets makes them', () => {
  const { now, doubt, set } = machine()
  set(MINUTE)
  expect(now()).toBe('2021-01-04T12:01:00.000Z')
  expect(doubt()).toBeUndefined()
})

test('a night that the machine slept through is no jump', () => {
  const { now, doubt, sleep, set } = machine()
  sleep(DAY / 2)
  expect(now()).toBe('2021-01-05T00:00:00.000Z')
  expect(doubt()).toBeUndefined()
  set(DAY)
  expect(now()).toBe('2021-01-05T00:00:00.000Z')
})

test('a clock that has gone on to say so for a day is believed', () => {
  const { now, set, pass } = machine()
  set(2 * DAY)
  now()
  pass(DAY + MINUTE)
  expect(now()).toBe('2021-01-07T12:01:00.000Z')
})

test('a worker that is begun while the clock is wrong has the time from who began it, and believes the clock no sooner', () => {
  const { now, worker, stranger, set, pass } = machine()
  expect(worker().clock().toISOString()).toBe('2021-01-04T12:00:00.000Z')
  set(2 * DAY)
  now()
  pass(DAY / 2)
  const [begun, other] = [worker(), stranger()]
  expect(other.clock().toISOString()).toBe('2021-01-07T00:00:00.000Z')
  expect(begun.clock().toISOString()).toBe('2021-01-05T00:00:00.000Z')
  expect(begun.doubt()?.to.toISOString()).toBe('2021-01-07T00:00:00.000Z')
  pass(DAY / 4)
  expect([begun.clock().toISOString(), now()]).toEqual([
    '2021-01-05T06:00:00.000Z',
    '2021-01-05T06:00:00.000Z',
  ])
  pass(DAY / 4 + MINUTE)
  expect([begun.clock().toISOString(), now()]).toEqual([
    '2021-01-07T12:01:00.000Z',
    '2021-01-07T12:01:00.000Z',
  ])
})
