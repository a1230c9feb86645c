import { readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { markedSource } from '../support/marked-source.js'
import { markedText } from '../support/marks.js'
import { changesBelow, leavings } from '../support/places.js'
import { temporaryFolder } from '../support/press.js'
import { type Program, serveTipDoor } from '../support/program.js'
import { filesBelow, multipart } from '../support/tips.js'

const MB = 1_048_576
const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

test('while a file of 100 MB arrives, and when the program is killed half-way, no byte of it lies anywhere in clear', async () => {
  const [dataDir, temporary] = [await temporaryFolder(), await temporaryFolder()]
  const environment = { TMPDIR: temporary, TIPS_RECIPIENTS: recipient, LOG_LEVEL: 'trace' }
  const door = await serveTipDoor(dataDir, environment)
  const changes = changesBelow(dataDir, temporary)
  const made: unknown[] = []
  const watching = watch(temporary, (_event, name) => made.push(name))
  onTestFinished(() => watching.close())
  const staging = path.join(dataDir, 'tips/staging')
  const staged = () => filesBelow(staging).reduce((sum, file) => sum + statSync(file).size, 0)

  // The same 16 bytes again and again: whatever is longer than 23 bytes of the file holds these eight.
  const canary = Buffer.from(markedText('canary').slice(-16))
  const inClear = () => {
    const places = [...leavings(door, changes)]
    const bytes = places
      .filter(({ place }) => place.startsWith(staging))
      .reduce((sum, { bytes }) => sum + bytes.length, 0)
    return {
      bytes,
      holding: places.filter(({ bytes }) => bytes.includes(canary.subarray(0, 8))).map(({ place }) => place),
    }
  }
  const body = multipart({ message: 'With a film' }, [
    { name: 'film', content: Buffer.alloc(99 * MB, canary) },
  ])
  const upload = markedSource(door.url, '127.0.0.2').begin('/tips', body, 0)
  for (let arrived = 0; arrived < 50 * MB; arrived += 10 * MB) {
    upload.more(arrived, arrived + 10 * MB)
    await until(() => staged() > arrived + 5 * MB)
    await stop(door)
    const { bytes, holding } = inClear()
    expect(bytes).toBeGreaterThan(arrived + 5 * MB)
    expect(holding).toEqual([])
    door.child.kill('SIGCONT')
  }
  door.child.kill('SIGKILL')
  await door.ended
  expect(staged()).toBeGreaterThan(45 * MB)
  expect(inClear().holding).toEqual([])
  expect(made).toEqual([])

  const again = await serveTipDoor(dataDir, environment)
  await until(() => readdirSync(staging).length === 0)
  expect(readdirSync(path.join(dataDir, 'tips/sealed'))).toEqual([])
  const db = openSqlite(path.join(dataDir, 'tips/tips.db'))
  onTestFinished(() => db.close())
  expect(await db.all(sql`select id from tips union all select tip_id from tip_parts`)).toEqual([])
  expect((await fetch(`${again.url}/tips`)).status).toBe(200)
})

test('a file of 100 MB passes with flat memory', async () => {
  const door = await serveTipDoor(await temporaryFolder(), { TIPS_RECIPIENTS: recipient })
  const folder = `/proc/${door.child.pid}`
  const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1]) / 1_024
  // Without a message the files are sealed and then refused, so that the derivation of a codename, which takes
  // 128 MiB by design, stays out of the measurement.
  const { post } = markedSource(door.url, '127.0.0.2')
  const upload = (size: number) =>
    post('/tips', multipart({ message: '' }, [{ name: 'a', content: Buffer.alloc(size) }]))
  await upload(8 * MB)
  writeFileSync(`${folder}/clear_refs`, '5') // starts the peak anew (proc_pid_clear_refs(5))
  const before = peak()
  expect((await upload(99 * MB)).status).toBe(422)
  process.stderr.write(
    `100 MB upload: peak resident memory ${before.toFixed(0)} MB before, ${peak().toFixed(0)} MB after\n`,
  )
  expect(peak() - before).toBeLessThan(64)
})

/** Holds a program still, with all its threads. */
async function stop({ child }: Program): Promise<void> {
  child.kill('SIGSTOP')
  const tasks = `/proc/${child.pid}/task`
  await until(() =>
    readdirSync(tasks).every(task =>
      /^State:\s+T/m.test(readFileSync(path.join(tasks, task, 'status'), 'utf8')),
    ),
  )
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 2))
}
