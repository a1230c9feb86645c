import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bothAreWhole, ownerOf, restored } from '../backups/busy-newsroom.js'
import { editionFolder } from '../support/edition.js'
import { canMount, mountTmpfs } from '../support/image.js'
import { temporaryFolder } from '../support/press.js'
import { run, serveProgram } from '../support/program.js'

const settings = { SITE_URL: 'http://localhost:3000', RATE_LIMITS: 'off', LOG_LEVEL: 'warn' }
const patience = { timeout: 120_000, interval: 50 }
const MEGABYTE = 1_048_576

/** A picture's original of so many bytes, which nothing can pack. */
function largeOriginal(dataDir: string, megabytes: number): string {
  const file = path.join(dataDir, 'media-originals', 'large.jpg')
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, '')
  for (let megabyte = 0; megabyte < megabytes; megabyte += 16)
    appendFileSync(file, randomBytes(16 * MEGABYTE))
  return file
}

const backupsIn = (folder: string) => readdirSync(folder).sort()

test('a program that is ended while it makes a backup ends at once, and the next one clears up and makes it anew', async () => {
  const dataDir = await editionFolder()
  const original = largeOriginal(dataDir, 16)
  truncateSync(original, 8_000_000_000)
  const program = await serveProgram({ ...settings, DATA_DIR: dataDir })
  const owner = await ownerOf(program)
  await owner.post('/admin/backups')
  const folder = path.join(dataDir, 'backups')
  const kept = () => {
    try {
      return backupsIn(folder)
    } catch {
      return []
    }
  }
  await expect.poll(() => kept().length, patience).toBe(1)
  const asked = performance.now()
  program.child.kill('SIGTERM')
  expect(await program.ended).toBe(0)
  const took = performance.now() - asked
  expect(kept().filter(name => name.endsWith('.gz'))).toEqual([])
  rmSync(original)

  const next = await serveProgram({ ...settings, DATA_DIR: dataDir })
  const url = next.url
  const again = await ownerOf({ url, dataDir })
  expect((await again.get('/admin/backups')).body).toContain(
    'The program stopped while the backup was being made',
  )
  await again.post('/admin/backups')
  await expect.poll(() => kept().filter(name => name.endsWith('.gz')).length, patience).toBe(1)
  await expect.poll(kept, patience).toHaveLength(1)
  // It goes last.
  const workshops = () => readdirSync(dataDir).filter(name => name.startsWith('backing-up'))
  await expect.poll(workshops, patience).toEqual([])
  bothAreWhole(await restored(path.join(folder, kept()[0] as string)))
  process.stdout.write(`${JSON.stringify({ endedAfter: Math.round(took) })}\n`)
}, 300_000)

test.skipIf(!canMount)(
  'a folder of backups that is full: the page says what to do, what was there stays, and once there is room the next is made (needs root, to mount a tmpfs)',
  async () => {
    const folder = await mountTmpfs(48)
    const dataDir = await editionFolder()
    const program = await serveProgram({ ...settings, DATA_DIR: dataDir })
    const owner = await ownerOf(program)
    const page = async () => (await owner.get('/admin/backups')).body
    const [, version = ''] = /name="version" value="([^"]+)"/.exec(await page()) ?? []
    const choice = { hour: '3', folder, daily: '7', weekly: '4', monthly: '6', recipients: '', version }
    expect((await owner.post('/admin/backups/settings', choice)).statusCode).toBe(303)
    await owner.post('/admin/backups')
    await expect.poll(() => backupsIn(folder).filter(name => name.endsWith('.gz')).length, patience).toBe(1)
    const [first = ''] = backupsIn(folder)
    const sum = () =>
      createHash('sha256')
        .update(readFileSync(path.join(folder, first)))
        .digest('hex')
    const before = sum()
    const original = largeOriginal(dataDir, 64)
    await expect.poll(async () => (await owner.post('/admin/backups')).statusCode, patience).toBe(303)
    await expect.poll(page, patience).toContain('The disk is full. Make room, or keep fewer backups')
    expect(backupsIn(folder)).toEqual([first])
    expect(sum()).toBe(before)
    expect((await owner.get('/admin')).body).toContain('backup')
    expect((await fetch(program.url)).status).toBe(200)
    rmSync(original)
    expect((await owner.post('/admin/backups')).statusCode).toBe(303)
    // It takes the place of the one that was made earlier on the same day.
    await expect.poll(() => backupsIn(folder), patience).toEqual([expect.not.stringMatching(first)])
    expect(backupsIn(folder)[0]).toMatch(/\.gz$/)
  },
  300_000,
)

test('a paper of hundreds of megabytes takes no more memory to back up than a small one', async () => {
  const dataDir = await editionFolder()
  const peakOf = async (file: string) => {
    const { child, ended } = run(['backup', file], { DATA_DIR: dataDir })
    let peak = 0
    const look = setInterval(() => {
      try {
        const [, kilobytes = '0'] =
          /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
        peak = Math.max(peak, Number(kilobytes) / 1_024)
      } catch {
        // It has ended.
      }
    }, 20)
    expect(await ended).toBe(0)
    clearInterval(look)
    return Math.round(peak)
  }
  const folder = await temporaryFolder()
  const small = await peakOf(path.join(folder, 'small.tar.gz'))
  const original = largeOriginal(dataDir, 400)
  const file = path.join(folder, 'large.tar.gz')
  const large = await peakOf(file)
  expect(large - small).toBeLessThan(100)
  expect(statSync(file).size).toBeGreaterThan(400 * MEGABYTE)
  const back = path.join(await restored(file), 'media-originals/large.jpg')
  const sum = (name: string) => createHash('sha256').update(readFileSync(name)).digest('hex')
  expect(sum(back)).toBe(sum(original))
  process.stdout.write(`${JSON.stringify({ peakSmall: small, peakLarge: large })}\n`)
}, 300_000)
