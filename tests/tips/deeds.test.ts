import { expect, test } from 'vitest'
import { systemClock, uuids } from '../../src/foundation/clock.js'
import { Conflict } from '../../src/foundation/errors.js'
import { deedsService } from '../../src/tips/newsroom/deeds.js'
import { inTipStore, keepTip } from '../support/kept-tips.js'
import { openPress, temporaryFolder } from '../support/press.js'

const actor = { id: uuids(), name: 'Ed Editor', role: 'editor' } as const
const subject = { kind: 'tip', id: 'f'.repeat(32), label: 'ffffff of 2021-01-04' }

test('a deed that a crash cuts short is in the trail after the next start, once, and says that it is not certain', async () => {
  const dataDir = await temporaryFolder()
  const press = await openPress({ DATA_DIR: dataDir })
  const tip = await keepTip(dataDir)
  const deeds = deedsService({ ...press, clock: systemClock, ids: uuids })
  // The tip line's database has it, and before the paper's has its entry the program is gone.
  const done = new Promise<void>(resolve => {
    void deeds.noted(actor, { action: 'pinned', subject, details: { to: 'Ada' } }, async () => {
      await inTipStore(dataDir, tips => tips.pin(tip))
      resolve()
      await new Promise(() => {})
    })
  })
  await done
  await press.http.close()

  for (let start = 0; start < 2; start++) {
    const again = await openPress({ DATA_DIR: dataDir, PORT: '0' })
    await again.http.listen({ port: 0, host: '127.0.0.1' })
    const trail = async () => (await again.audit.page({ person: undefined, kind: 'tip' })).entries
    await expect.poll(trail).toHaveLength(1)
    const entries = await trail()
    expect(entries).toMatchObject([{ action: 'pinned', accountName: 'Ed Editor', subjectId: subject.id }])
    expect(JSON.parse(entries[0]?.details ?? '')).toEqual({
      to: 'Ada',
      begun: expect.stringMatching(/^20\d\d-/),
      result: 'not certain: the program ended meanwhile',
    })
    expect((await again.audit.verify()).problems).toEqual([])
    await again.http.close()
  }
})

test('what was refused is not in the trail; what ended with an error is, and says so', async () => {
  const press = await openPress()
  const deeds = deedsService({ ...press, clock: systemClock, ids: uuids })
  const fail = (error: Error) =>
    deeds.noted(actor, { action: 'shredded', subject }, () => Promise.reject(error))
  await expect(fail(new Conflict())).rejects.toThrow(Conflict)
  const entries = async () => (await press.audit.page({ person: undefined, kind: 'tip' })).entries
  expect(await entries()).toEqual([])
  await expect(fail(new Error('EIO'))).rejects.toThrow('EIO')
  expect((await entries()).map(({ details }) => details)).toEqual([
    '{"result":"not certain: it ended with an error"}',
  ])
})
