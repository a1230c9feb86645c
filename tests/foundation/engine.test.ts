import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { NEW_SPACE } from '../../src/foundation/engine.js'

const run = promisify(execFile)

/** How the built program is started, by its own first line: options of Node. */
function firstLine(): string[] {
  const [line = ''] = readFileSync(path.join(programFolder, 'dist/main.js'), 'utf8').split('\n')
  const [, options = ''] = /^#!\/usr\/bin\/env -S (?:[A-Z_]+=\w+ )+node (.+)$/.exec(line) ?? []
  return options.split(' ')
}

// Many objects are alive whenever new ones are collected: room that may grow does.
const script = `
import { getHeapSpaceStatistics } from 'node:v8'
import { isMainThread, Worker } from 'node:worker_threads'

const alive = []
for (let number = 0; number < 3_000_000; number++) alive[number % 100_000] = { number }
const { space_size } = getHeapSpaceStatistics().find(space => space.space_name === 'new_space')
console.log(space_size)
if (isMainThread) {
  const { holdNewSpace } = await import('${path.join(programFolder, 'src/foundation/engine.ts')}')
  holdNewSpace()
  new Worker(process.argv[1])
}
`

/** What the space for new objects takes in the end, in bytes: of a program started with these options, and of a thread of it. */
async function newSpaces(...options: string[]): Promise<number[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-engine-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'alive.mjs')
  await writeFile(file, script)
  const { stdout } = await run(process.execPath, [...options, '--import', 'tsx', file], {
    cwd: programFolder,
  })
  return stdout.trim().split('\n').map(Number)
}

test('the space for new objects is held at 4 MB and as much to move them to: by the first line, and for threads', async () => {
  const held = 2 * 4 * 1_048_576
  expect(firstLine()).toEqual(NEW_SPACE)
  expect(await newSpaces(...NEW_SPACE)).toEqual([held, held])
  const [free, ofThread] = await newSpaces()
  expect(free).toBeGreaterThan(held)
  expect(ofThread).toBe(held)
})
