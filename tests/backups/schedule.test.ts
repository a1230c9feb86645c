import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { expendable } from '../../src/backups/rotation.js'
import type { KeptBackup } from '../../src/backups/schema.js'
import { createDates } from '../../src/foundation/dates.js'
import { newKeyPair } from '../../src/tips/sealing/newsroom-key.js'
import { type Colleague, colleague } from '../support/desk.js'
import { movableClock, openPress, type Press, temporaryFolder } from '../support/press.js'

const HOUR = 3_600_000
const standing = { hour: '3', folder: '', daily: '7', weekly: '4', monthly: '6', recipients: '' }

async function openDesk(start?: string) {
  const time = movableClock(start)
  const press = await openPress({}, { clock: time.clock })
  const owner = await colleague(press, 'owner')
  const save = async ({ on = 'yes', ...fields }: Partial<typeof standing> & { on?: string }) =>
    owner.post('/admin/backups/settings', {
      ...standing,
      ...fields,
      ...(on && { on }),
      version: await versionOf(owner),
    })
  return { time, press, owner, save, shown: async () => (await owner.get('/admin/backups')).body }
}

const versionOf = async (owner: Colleague) =>
  /name="version" value="([^"]+)"/.exec((await owner.get('/admin/backups')).body)?.[1] ?? ''

const kept = ({ dataDir }: Press) => {
  const folder = path.join(dataDir, 'backups')
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** What the page says of a backup. */
const stateOf = (page: string, name: string) => {
  const [row = ''] = page.split('</tr>').filter(row => row.includes(`<code>${name}</code>`))
  return [...row.matchAll(/class="status"[^>]*>([^<]+)</g)].map(([, state]) => state)
}

const deeds = async (press: Press) =>
  (await press.audit.page({ person: undefined, kind: 'backup' })).entries
    .map(({ action }) => action)
    .reverse()

test('switched on, a backup is made each day at its hour, one that was missed as soon as possible, and old ones go', async () => {
  const { time, press, save, shown } = await openDesk('2021-01-04T12:00:00.000Z')
  await press.backups.makeDue()
  expect(kept(press)).toEqual([])
  expect((await save({ daily: '2', weekly: '0', monthly: '0' })).statusCode).toBe(303)
  await press.backups.makeDue()
  await press.backups.makeDue()
  expect(kept(press)).toEqual(['handpress-2021-01-04T12-00-00Z.tar.gz'])
  time.advance(15 * HOUR - 1)
  await press.backups.makeDue()
  expect(kept(press)).toHaveLength(1)
  for (const hours of [1, 24, 24]) {
    time.advance(hours === 1 ? 1 : hours * HOUR)
    await press.backups.makeDue()
  }
  expect(kept(press)).toEqual([
    'handpress-2021-01-06T03-00-00Z.tar.gz',
    'handpress-2021-01-07T03-00-00Z.tar.gz',
  ])
  const body = await shown()
  expect(stateOf(body, 'handpress-2021-01-07T03-00-00Z.tar.gz')).toEqual(['verified', 'not sealed'])
  expect(body).toContain('The next one is due on')
  expect(await deeds(press)).toEqual([
    'backup-settings-changed',
    ...['backup-made', 'backup-made', 'backup-made', 'backup-removed', 'backup-made', 'backup-removed'],
  ])
})

test('one that is asked for is made once, sealed to the recovery key, and no other meanwhile', async () => {
  const { press, owner, save, shown } = await openDesk()
  const { recipient } = await newKeyPair('2021-01-04')
  expect(await shown()).toContain('Backups are not sealed')
  await save({ on: '', recipients: `${recipient}\n` })
  expect((await owner.post('/admin/backups')).statusCode).toBe(303)
  expect(await shown()).toContain('A backup is about to be made')
  expect((await owner.post('/admin/backups')).statusCode).toBe(409)
  await press.backups.makeDue()
  await press.backups.makeDue()
  expect(kept(press)).toEqual(['handpress-2021-01-04T12-00-00Z.tar.gz.age'])
  const body = await shown()
  expect(stateOf(body, kept(press)[0] ?? '')).toEqual(['verified', 'sealed'])
  expect(body).not.toContain('Backups are not sealed')
  expect((await owner.get('/admin')).body).not.toMatch(/No backup|last backup/)
})

test('one that fails is said on the desk with its reason, and tried again after an hour; nothing is left of it', async () => {
  const { time, press, owner, save, shown } = await openDesk()
  const folder = await temporaryFolder()
  await save({ folder })
  rmSync(folder, { recursive: true })
  await press.backups.makeDue()
  expect(await shown()).toContain('There is no folder')
  expect((await owner.get('/admin')).body).toContain('The last backup failed')
  mkdirSync(folder)
  await press.backups.makeDue()
  expect(readdirSync(folder)).toEqual([])
  time.advance(HOUR)
  await press.backups.makeDue()
  expect(readdirSync(folder)).toEqual(['handpress-2021-01-04T13-00-00Z.tar.gz'])
  expect(await shown()).not.toContain('The last backup failed')
  expect(await deeds(press)).toEqual(['backup-settings-changed', 'backup-failed', 'backup-made'])
})

test('rotation touches nothing but backups of the program, and what a killed one left', async () => {
  const { press, save } = await openDesk()
  const folder = await temporaryFolder()
  const foreign = ['handpress-notes.txt', 'other.tar.gz', 'other.tar.gz.partial']
  for (const name of [
    ...foreign,
    'handpress-2020-12-01T03-00-00Z.tar.gz',
    'handpress-2020-12-02T03-00-00Z.tar.gz.partial',
  ])
    writeFileSync(path.join(folder, name), '')
  await save({ folder, daily: '1', weekly: '0', monthly: '0' })
  await press.backups.makeDue()
  expect(readdirSync(folder).sort()).toEqual(['handpress-2021-01-04T12-00-00Z.tar.gz', ...foreign].sort())
})

test('settings that cannot work are refused beside their field, and change nothing', async () => {
  const { press, save, shown } = await openDesk()
  const shut = path.join(await temporaryFolder(), 'file')
  writeFileSync(shut, '')
  chmodSync(shut, 0o600)
  for (const [fields, problem] of [
    [{ folder: 'backups' }, 'Write the whole path'],
    [{ folder: '/no/such/folder' }, 'There is no such folder'],
    [{ folder: shut }, 'There is no such folder'],
    [{ folder: path.join(press.dataDir, 'media') }, 'lies with the paper'],
    [{ folder: '/proc' }, 'The program cannot write there'],
    [{ recipients: 'AGE-SECRET-KEY-1QQQ' }, 'must be an age public key'],
    [{ hour: '24' }, 'Choose an hour.'],
    [{ daily: '0' }, 'Keep one day at the least'],
  ] as const) {
    const answer = await save(fields)
    expect([answer.statusCode, answer.body]).toEqual([422, expect.stringContaining(problem)])
  }
  expect(await shown()).not.toContain('The next one is due')
})

test('two owners who change the settings at once do not overwrite each other', async () => {
  const { owner, save, shown } = await openDesk()
  const version = await versionOf(owner)
  await save({ hour: '5' })
  const late = await owner.post('/admin/backups/settings', { ...standing, version })
  expect(late.statusCode).toBe(409)
  expect(await shown()).toContain('<option value="5" selected>')
})

test('of a year of backups the last of each day, week and month stay, by the site’s time zone, and the newest always', () => {
  const backups: KeptBackup[] = Array.from({ length: 365 }, (_, index) => {
    const at = new Date(Date.UTC(2021, 0, 1, 23, 30) + index * 86_400_000).toISOString()
    return { name: at, at, size: 1, sealed: true }
  })
  const stay = (keep: { daily: number; weekly: number; monthly: number }, timeZone = 'UTC') => {
    const gone = new Set(expendable(backups, keep, createDates('en', timeZone)))
    return backups.filter(backup => !gone.has(backup)).map(({ at }) => at.slice(0, 10))
  }
  expect(stay({ daily: 3, weekly: 0, monthly: 0 })).toEqual(['2021-12-29', '2021-12-30', '2021-12-31'])
  expect(stay({ daily: 1, weekly: 3, monthly: 2 })).toEqual([
    '2021-11-30',
    '2021-12-19',
    '2021-12-26',
    '2021-12-31',
  ])
  // Half past eleven in the evening is the next day in Berlin: there the month's last backup was made a day earlier.
  expect(stay({ daily: 1, weekly: 0, monthly: 2 }, 'Europe/Berlin')).toEqual(['2021-12-30', '2021-12-31'])
  expect(stay({ daily: 0, weekly: 0, monthly: 0 })).toEqual(['2021-12-31'])
})

test('a program that serves makes what is asked for by itself, and goes on answering', async () => {
  const press = await openPress()
  await press.http.listen({ port: 0, host: '127.0.0.1' })
  const owner = await colleague(press, 'owner')
  expect((await owner.post('/admin/backups')).statusCode).toBe(303)
  while (kept(press).filter(name => name.endsWith('.gz')).length === 0) {
    expect((await press.http.inject('/')).statusCode).toBe(200)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const [name] = kept(press).filter(name => name.endsWith('.gz'))
  const shown = async () => (await owner.get('/admin/backups')).body
  await expect.poll(shown, { timeout: 20_000 }).not.toContain('is being made')
  expect(stateOf(await shown(), name ?? '')).toEqual(['verified', 'not sealed'])
})
