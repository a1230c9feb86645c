import { existsSync, readdirSync } from 'node:fs'
import { uptime } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { uuids } from '../../src/foundation/clock.js'
import { type Database, sql } from '../../src/foundation/database.js'
import { openDuties } from '../../src/foundation/duties.js'
import { leaseIn } from '../../src/foundation/lease.js'
import { createLogger } from '../../src/foundation/log.js'
import { openPress, type Press, temporaryFolder } from '../support/press.js'

const soon = { timeout: 60_000 }
const silent = createLogger('silent')

/** A duty that a program with its own opening of the paper's database does, or does not. */
function programOver({ db }: Pick<Press, 'db'>) {
  const duties = openDuties({ lease: leaseIn(db, { ids: uuids }), log: silent })
  let works = false
  duties.add('printing', {
    start() {
      works = true
    },
    async stop() {
      works = false
    },
  })
  onTestFinished(() => duties.end())
  return { ...duties, works: () => works }
}

const giveLease = (db: Database, lasts: number, expires = Math.round(uptime() * 1_000) + lasts) =>
  db.run(sql`
    insert into leases (name, holder, pid, machine, expires) values ('schedule', 'another', 1, 'elsewhere', ${expires})
    on conflict (name) do update set holder = excluded.holder, pid = 1, machine = 'elsewhere', expires = excluded.expires`)

test('of two programs one does the scheduled work, and the other goes on when it ends', async () => {
  const press = await openPress()
  const [one, other] = [programOver(press), programOver(press)]
  one.begin()
  await expect.poll(one.works, soon).toBe(true)
  other.begin()
  await one.end()
  expect(one.works()).toBe(false)
  await expect.poll(other.works, soon).toBe(true)
  // The work is taken: who comes now does not get it.
  expect(await leaseIn(press.db, { ids: uuids }).take()).toBe(false)
})

test('who is silent for as long as a lease lasts has lost it to whoever asks', async () => {
  const { db } = await openPress()
  const lasts = 300
  const [silent, asking] = [leaseIn(db, { ids: uuids, lasts }), leaseIn(db, { ids: uuids, lasts })]
  expect(await silent.take()).toBe(true)
  expect(await asking.take()).toBe(false)
  await expect.poll(asking.take, soon).toBe(true)
  expect(await silent.take()).toBe(false)
})

test('a lease that ends later than any does was taken before the machine was started anew, and is void', async () => {
  const { db } = await openPress()
  await giveLease(db, 86_400_000)
  expect(await leaseIn(db, { ids: uuids }).take()).toBe(true)
})

test('a program that lost the work to another one lays it down, and takes it up when it gets it back', async () => {
  const press = await openPress({ DATA_DIR: await temporaryFolder() })
  await press.http.listen({ port: 0, host: '127.0.0.1' })
  const begun = () => press.logged().split('this process does the scheduled work').length - 1
  await expect.poll(begun, soon).toBe(1)
  await giveLease(press.db, 9_000)
  await expect.poll(press.logged, soon).toContain('another process does the scheduled work now')
  const message = { to: 'reader@example.org', fromName: 'Paper', subject: 'News', html: '<p>x', text: 'x' }
  await press.db.transaction(tx => press.mail.queue(tx, message))
  press.mail.wake()
  const outbox = path.join(press.dataDir, 'outbox')
  expect(existsSync(outbox)).toBe(false)
  await press.db.run(sql`delete from leases`)
  await expect.poll(() => existsSync(outbox) && readdirSync(outbox).length, soon).toBe(1)
  expect(begun()).toBe(2)
})

test('a lease ends by the time since the machine was started, which nobody sets', async () => {
  const { db } = await openPress()
  expect(await leaseIn(db, { ids: uuids }).take()).toBe(true)
  const { expires } = (await db.get(sql`select expires from leases`)) as { expires: number }
  const left = expires - uptime() * 1_000
  expect(left).toBeLessThanOrEqual(10_001)
  expect(left).toBeGreaterThan(-60_000)
})
