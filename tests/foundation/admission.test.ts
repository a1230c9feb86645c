import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { openAdmission } from '../../src/foundation/admission.js'
import type { TakeAtDoor } from '../../src/foundation/form-door.js'
import { openMetrics } from '../../src/foundation/metrics.js'

/** A form of readers, each of which takes until it is let go, and how late the event loop is, in milliseconds. */
async function openForm() {
  const http = Fastify()
  const lag = { late: 0, now: () => lag.late }
  const admission = openAdmission(http, { lag, metrics: openMetrics() })
  const config: { takeAtDoor: TakeAtDoor } = {
    takeAtDoor: () => () => new Promise(resolve => ends.push(() => resolve(1))),
  }
  const ends: (() => void)[] = []
  await http.register(async scope => {
    admission.guard(scope, 'readers')
    scope.post('/form', { config }, async () => 'taken')
  })
  const take = () => config.takeAtDoor({ fields: {}, client: () => '' })?.()
  return { lag, take, ends }
}

test('before the routes there is as much room for forms as behind them, and less when everything is late', async () => {
  const { lag, take, ends } = await openForm()
  const taken = Array.from({ length: 200 }, take)
  expect(taken).not.toContain(undefined)
  expect(take()).toBeUndefined()
  for (const end of ends.splice(0, 150)) end()
  await Promise.all(taken.slice(0, 150))
  lag.late = 600
  expect(take()).toBeUndefined()
  lag.late = 0
  expect(take()).toBeInstanceOf(Promise)
})
