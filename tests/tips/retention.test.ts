import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../src/foundation/log.js'
import {
  expiring,
  openTipStore,
  retention,
  spareShortened,
  tipsRepository,
} from '../../src/tips/store/index.js'
import { believing } from '../../src/tips/store/retention.js'
import { temporaryFolder } from '../support/press.js'

const DAY = 86_400_000
const dayOf = (number: number) => new Date(Date.parse('2021-01-01') + number * DAY).toISOString().slice(0, 10)

/** A store whose clock is set to days after the first of January 2021, and its retention. */
async function kept() {
  let day = 0
  const clock = () => new Date(Date.parse(dayOf(day)) + DAY / 2)
  const store = await openTipStore({ dataDir: await temporaryFolder(), clock })
  onTestFinished(() => store.close())
  const lines: string[] = []
  const log = createLogger('info', { write: line => void lines.push(line) })
  const begin = () => retention({ ...store, clock, log })
  let running = begin()
  const repository = tipsRepository(store.db)
  return {
    repository,
    logged: () => lines.join(''),
    today: store.today,
    at(number: number) {
      day = number
    },
    shorten: (days: { before: number; after: number }) =>
      store.db.transaction(async tx => {
        await spareShortened(tx, dayOf(day), days)
        await tipsRepository(tx).changeSettings({ retentionDays: days.after, recoveryRequired: false })
      }),
    add: (id: string, number: number) =>
      repository.add({ id, day: dayOf(number), sourceKey: '' }, `lookup of ${id}`),
    async on(number: number): Promise<string[]> {
      day = number
      await running.round()
      return (await repository.list(100, {})).map(({ id }) => id).sort()
    },
    restart() {
      running = begin()
    },
  }
}

test('a tip is shredded on the day after its last, unless it is pinned or somebody wrote', async () => {
  const { repository, add, on } = await kept()
  await repository.changeSettings({ retentionDays: 7, recoveryRequired: false })
  for (const id of ['answered', 'pinned', 'silent']) await add(id, 0)
  await repository.pin('pinned')
  await repository.addPart('answered', { batch: 2, number: 0, day: dayOf(3), kind: 'reply' })
  await repository.addPart('silent', { batch: 2, number: 0, day: dayOf(3), kind: 'note' })
  for (let day = 0; day <= 7; day++) expect(await on(day)).toEqual(['answered', 'pinned', 'silent'])
  expect(await on(8)).toEqual(['answered', 'pinned'])
  expect(await on(10)).toEqual(['answered', 'pinned'])
  expect(await on(11)).toEqual(['pinned'])
})

test('tells how many days are left', () => {
  const tip = { lastDay: '2021-01-01', pinned: false, spared: '' }
  const settings = { retentionDays: 90 }
  expect(expiring(tip, settings, '2021-01-01')).toBe(90)
  expect(expiring(tip, settings, '2021-04-01')).toBe(0)
  expect(expiring(tip, settings, '2022-01-01')).toBe(0)
  expect(expiring({ ...tip, pinned: true }, settings, '2021-04-01')).toBeUndefined()
  expect(expiring({ ...tip, spared: '2021-04-06' }, settings, '2021-04-01')).toBe(5)
})

test('a clock that jumps shreds nothing until it has said so for a second day', async () => {
  const { add, on, restart, logged } = await kept()
  await on(0)
  await on(1)
  await add('tip', 1)
  expect(await on(2_000)).toEqual(['tip'])
  restart()
  expect(await on(2_000)).toEqual(['tip'])
  // A wrong clock that was set right.
  expect(await on(2)).toEqual(['tip'])
  expect(await on(3)).toEqual(['tip'])
  expect(logged()).toContain('The clock went from 2021-01-02 to')
  // A long outage: what ended meanwhile is kept for the days of the warning.
  expect(await on(500)).toEqual(['tip'])
  restart()
  for (let day = 501; day <= 508; day++) expect(await on(day)).toEqual(['tip'])
  expect(await on(509)).toEqual([])
})

test('a clock that goes back is believed after a week, and what ended by it is kept for the days of the warning', async () => {
  const { add, on } = await kept()
  await on(400)
  await on(401)
  await add('tip', 0)
  for (let day = 100; day <= 114; day++) expect(await on(day)).toEqual(['tip'])
  expect(await on(115)).toEqual([])
})

test('what comes while the clock is behind is dated to the latest day that was believed', async () => {
  const { on, at, today } = await kept()
  await on(400)
  await on(401)
  for (const day of [100, 101, 106]) {
    at(day)
    expect(await today()).toBe(dayOf(401))
    await on(day)
  }
  at(402)
  expect(await today()).toBe(dayOf(402))
  // A clock that goes on for a week to say an earlier day is right.
  for (let day = 100; day <= 107; day++) await on(day)
  expect(await today()).toBe(dayOf(107))
})

test('a shorter time ends no tip within the seven days of the warning, nor later than before', async () => {
  const { repository, add, on, shorten } = await kept()
  await on(99)
  await on(100)
  // With 90 days they end on the days 100, 104 and 190; with seven, on 17, 21 and 107.
  for (const [id, day] of [
    ['ends today', 10],
    ['ends soon', 14],
    ['late', 90],
    ['new', 100],
    ['pinned', 20],
  ] as const)
    await add(id, day)
  await repository.pin('pinned')
  await shorten({ before: 90, after: 7 })
  expect(await on(100)).toEqual(['ends soon', 'ends today', 'late', 'new', 'pinned'])
  expect(await on(101)).toEqual(['ends soon', 'late', 'new', 'pinned'])
  await on(103)
  expect(await on(104)).toEqual(['ends soon', 'late', 'new', 'pinned'])
  expect(await on(105)).toEqual(['late', 'new', 'pinned'])
  expect(await on(107)).toEqual(['late', 'new', 'pinned'])
  expect(await on(108)).toEqual(['pinned'])
  await repository.unpin('pinned', dayOf(115))
  for (let day = 109; day <= 115; day++) expect(await on(day)).toEqual(['pinned'])
  expect(await on(116)).toEqual([])
})

test('a clock that is wrong by two days at most shreds no tip earlier than by those, however it wavers', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 30, maxLength: 30 }), errors => {
      let state = { day: dayOf(0), claimed: '', since: '' }
      for (const [day, error] of errors.entries()) {
        state = believing(state, dayOf(day + error))
        const believed = (Date.parse(state.day) - Date.parse(dayOf(0))) / DAY
        if (!state.claimed) expect(believed).toBeLessThanOrEqual(day + 2)
      }
    }),
  )
})
