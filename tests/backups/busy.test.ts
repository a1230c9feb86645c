import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { editionFolder } from '../support/edition.js'
import { temporaryFolder } from '../support/press.js'
import { run, serveProgram } from '../support/program.js'
import { bothAreWhole, command, holdsAll, openBusyNewsroom, ownerOf, restored } from './busy-newsroom.js'

/** A picture's original that takes a while to read, and no room on the disk. */
function addLargeOriginal(dataDir: string): void {
  const file = path.join(dataDir, 'media-originals', 'large.jpg')
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, '')
  truncateSync(file, 8_000_000_000)
}

test('a backup that is made while readers sign up, sources write and an editor publishes holds all that was acknowledged before it, and gives the same pages back', async () => {
  const newsroom = await openBusyNewsroom()
  const { dataDir } = newsroom.program
  await newsroom.goOn(2)
  const before = newsroom.acknowledged()
  const file = path.join(await temporaryFolder(), 'paper.tar.gz')
  const { code, printed } = await command(['backup', file], dataDir)
  await newsroom.goOn(1)
  await newsroom.stop()
  expect([code, printed]).toEqual([0, expect.stringContaining('written and read again')])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(existsSync(`${file}.partial`)).toBe(false)
  expect(Date.parse(readFileSync(path.join(dataDir, 'last-backup'), 'utf8').trim())).toBeGreaterThan(0)

  // While a program serves over a folder, nothing takes its place.
  const refused = await command(['restore', file, '--force'], dataDir)
  expect([refused.code, refused.printed]).toEqual([1, expect.stringContaining('Stop it, then restore')])
  newsroom.program.child.kill('SIGTERM')
  await newsroom.program.ended

  const DATA_DIR = await restored(file)
  bothAreWhole(DATA_DIR)
  const program = await serveProgram({ ...newsroom.settings, DATA_DIR })
  await holdsAll(program, before, newsroom.states)
  expect(program.printed()).toContain('this database is a copy')
})

test('a backup that is ended half-way leaves nothing, neither under its name nor beside it, and says so by its exit code', async () => {
  const DATA_DIR = await editionFolder()
  addLargeOriginal(DATA_DIR)
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const folder = await temporaryFolder()
    const backup = run(['backup', path.join(folder, 'paper.tar.gz')], { DATA_DIR })
    const begun = () => readdirSync(folder).some(name => statSync(path.join(folder, name)).size > 0)
    await expect.poll(begun, { timeout: 60_000, interval: 20 }).toBe(true)
    backup.child.kill(signal)
    expect([await backup.ended, backup.printed()]).toEqual([
      code,
      expect.stringContaining('Nothing of it was kept'),
    ])
    expect(readdirSync(folder)).toEqual([])
    expect(readdirSync(DATA_DIR).filter(name => name.startsWith('backing-up'))).toEqual([])
  }
  expect(existsSync(path.join(DATA_DIR, 'last-backup'))).toBe(false)
})

test('a program that is killed takes the process that makes its backup along', async () => {
  const DATA_DIR = await editionFolder()
  addLargeOriginal(DATA_DIR)
  const program = await serveProgram({ SITE_URL: 'http://localhost:3000', RATE_LIMITS: 'off', DATA_DIR })
  await (await ownerOf(program)).post('/admin/backups')
  const makers = () =>
    readFileSync(`/proc/${program.child.pid}/task/${program.child.pid}/children`, 'utf8').trim().split(' ')
  await expect.poll(makers, { timeout: 60_000, interval: 20 }).not.toEqual([''])
  const [maker] = makers()
  expect(readFileSync(`/proc/${maker}/cmdline`, 'utf8')).toContain('backup-process.js')
  program.child.kill('SIGKILL')
  await program.ended
  await expect.poll(() => existsSync(`/proc/${maker}`), { timeout: 20_000, interval: 20 }).toBe(false)
})
