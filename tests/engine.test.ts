import { execFile, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { programFolder } from '../src/config.js'
import { editionFolder } from './support/edition.js'
import { whenDone } from './support/press.js'
import { freePort } from './support/program.js'

const program = path.join(programFolder, 'dist/main.js')

/** The built program, with V8 saying what it optimises. */
function traced(args: string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--trace-opt', program, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', chunk => {
    printed += String(chunk)
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  whenDone(() => {
    child.kill('SIGKILL')
    return ended
  })
  return { printed: () => printed, ended }
}

const OPTIMISED = /completed optimizing/

test('nothing is optimised before the paper is out, and what readers make it do often is afterwards', async () => {
  const port = String(await freePort())
  const { printed } = traced(['serve'], { DATA_DIR: await editionFolder(), PORT: port })
  await expect.poll(printed, { timeout: 60_000 }).toContain('The paper is out')
  const [start = ''] = printed().split('The paper is out')
  expect(start).not.toMatch(OPTIMISED)
  for (let visit = 0; visit < 2_000 && !OPTIMISED.test(printed()); visit += 1)
    await (await fetch(`http://127.0.0.1:${port}/search?q=${visit}`)).text()
  expect(printed()).toMatch(OPTIMISED)
})

test('a command optimises from its beginning', async () => {
  const { printed, ended } = traced(['audit', 'verify'], { DATA_DIR: await editionFolder() })
  await ended
  expect(printed()).toMatch(OPTIMISED)
})

test('V8 takes the compiled form, whether the first line started the program or Node did', async () => {
  const DATA_DIR = await editionFolder()
  const spy = path.join(DATA_DIR, 'spy.cjs')
  await writeFile(
    spy,
    `const vm = require('node:vm')
    vm.Script = class extends vm.Script {
      constructor(text, options) {
        super(text, options)
        if (options.cachedData) console.log('rejected:', this.cachedDataRejected)
      }
    }`,
  )
  const env = { PATH: process.env.PATH ?? '', DATA_DIR, NODE_OPTIONS: `--require ${spy}` }
  for (const command of [[program], [process.execPath, program]]) {
    const [file = '', ...args] = [...command, 'audit', 'verify']
    expect((await promisify(execFile)(file, args, { env })).stdout).toContain('rejected: false')
  }
})
