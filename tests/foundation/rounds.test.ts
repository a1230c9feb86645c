import { expect, test } from 'vitest'
import { systemClock } from '../../src/foundation/clock.js'
import { createLogger } from '../../src/foundation/log.js'
import { rounds } from '../../src/foundation/rounds.js'

test('whoever wakes it while a round runs shares the next one', async () => {
  const begun: (() => void)[] = []
  const work = () =>
    new Promise<void>(resolve => {
      if (begun.push(resolve) > 2) resolve()
    })
  const started = (count: number) =>
    expect.poll(() => begun.length, { interval: 1, timeout: 5_000 }).toBe(count)
  const { start, wake, stop } = rounds({
    ...{ work, next: async () => undefined, failure: 'it failed', clock: systemClock },
    log: createLogger('silent'),
  })
  start()
  await started(1)
  for (let count = 0; count < 100; count++) wake()
  begun[0]?.()
  await started(2)
  begun[1]?.()
  await stop()
  expect(begun).toHaveLength(2)
})
