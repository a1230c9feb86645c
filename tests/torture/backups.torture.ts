import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  bothAreWhole,
  command,
  holdsAll,
  killedAfter,
  openBusyNewsroom,
  restored,
} from '../backups/busy-newsroom.js'
import { chance } from '../support/hostile-relay.js'
import { temporaryFolder } from '../support/press.js'
import { serveProgram } from '../support/program.js'

const BACKUPS = 8
const KILLED = 8
// Each takes half a second to look for.
const TIPS_TRIED = 6

test('backups under load, one after the other, some of them killed half-way: each that has its name is whole and holds what was acknowledged before it', async () => {
  const newsroom = await openBusyNewsroom()
  const { dataDir } = newsroom.program
  const folder = await temporaryFolder()
  const random = chance(2_026)
  const taken: { file: string; before: ReturnType<typeof newsroom.acknowledged> }[] = []
  for (let number = 1; number <= BACKUPS; number += 1) {
    await newsroom.goOn(5)
    const before = newsroom.acknowledged()
    const file = path.join(folder, `${number}.tar.gz`)
    const { code, printed } = await command(['backup', file], dataDir)
    expect([code, printed]).toEqual([0, expect.stringContaining('written and read again')])
    taken.push({ file, before })
  }
  let finished = 0
  for (let number = 1; number <= KILLED; number += 1) {
    const before = newsroom.acknowledged()
    const file = path.join(folder, `killed-${number}.tar.gz`)
    await killedAfter(['backup', file], dataDir, 300 + random() * 1_500)
    if (!existsSync(file)) continue
    finished += 1
    taken.push({ file, before })
  }
  // What killed ones left is cleared away by the next.
  expect((await command(['backup', path.join(folder, 'last.tar.gz')], dataDir)).code).toBe(0)
  expect(readdirSync(dataDir).filter(name => name.startsWith('backing-up'))).toEqual([])
  await newsroom.stop()
  newsroom.program.child.kill('SIGTERM')
  await newsroom.program.ended

  for (const { file, before } of taken) {
    const DATA_DIR = await restored(file)
    bothAreWhole(DATA_DIR)
    const program = await serveProgram({ ...newsroom.settings, DATA_DIR })
    await holdsAll(program, { ...before, codenames: before.codenames.slice(-TIPS_TRIED) }, newsroom.states)
    program.child.kill('SIGTERM')
    await program.ended
  }
  const { emails, codenames, articles } = newsroom.acknowledged()
  const sizes = taken.map(({ file }) => statSync(file).size)
  process.stdout.write(
    `${JSON.stringify({ backups: taken.length, killed: KILLED, killedTooLate: finished, signUps: emails.length, tips: codenames.length, articles: articles.length, largest: Math.max(...sizes) })}\n`,
  )
}, 900_000)
