import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'

const run = promisify(execFile)

// A process of its own: what room V8 takes for new objects it keeps, and this one has taken its room already.
const script = `
import { getHeapSpaceStatistics } from 'node:v8'
import { keepNewSpaceSmall } from './src/foundation/engine.ts'
import { restingThread } from './src/foundation/thread.ts'

keepNewSpaceSmall()
const [, program] = process.argv
const threads = restingThread({ program, hear() {}, gone() {} })
if (program) await new Promise(resolve => threads.take().once('online', resolve))
// Each of them lives for long enough to be alive when new objects are collected.
const alive = []
for (let number = 0; number < 3_000_000; number++) alive[number % 100_000] = { number }
const { space_size } = getHeapSpaceStatistics().find(space => space.space_name === 'new_space')
console.log(space_size)
await threads.stop()
`

async function newSpace(...given: string[]): Promise<number> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script, '--', ...given]
  const { stdout } = await run(process.execPath, args, { cwd: programFolder })
  return Number(stdout)
}

test('the space for new objects stays as small when a thread has begun', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-thread-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const idle = path.join(folder, 'idle.cjs')
  await writeFile(idle, 'setInterval(() => {}, 1_000)')
  const alone = await newSpace()
  expect(alone).toBeLessThanOrEqual(4 * 1_048_576)
  expect(await newSpace(idle)).toBe(alone)
})
