import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { cp } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.js'
import { certificate } from '../../src/doctor/index.js'
import { examine } from '../../src/examination.js'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { command } from '../backups/busy-newsroom.js'
import { openSampleEdition } from '../support/edition.js'
import { keepTip } from '../support/kept-tips.js'
import { sharedByTests, temporaryFolder } from '../support/press.js'
import { filesBelow, sealedParts } from '../support/tips.js'

/** A paper with a tip, that nobody serves. */
const paper = sharedByTests(async () => {
  const press = await openSampleEdition()
  await keepTip(press.dataDir)
  await press.http.close()
  return press.dataDir
})

/** A copy of it, to be harmed. */
async function copy(): Promise<string> {
  const folder = path.join(await temporaryFolder(), 'data')
  await cp(await paper(), folder, { recursive: true, preserveTimestamps: true })
  chmodSync(folder, 0o700)
  return folder
}

async function found(DATA_DIR: string, { now = new Date(), ...environment } = {}) {
  const findings = await examine(readConfig({ DATA_DIR, ...environment }), { offline: true, now })
  return {
    findings,
    failing: findings.filter(({ state }) => state === 'fail').map(({ check, text }) => `${check}: ${text}`),
    seen: findings.filter(({ state }) => state !== 'ok').map(({ check, text }) => `${check}: ${text}`),
  }
}

const state = (folder: string) =>
  filesBelow(folder)
    .sort()
    .map(file => [file, createHash('sha256').update(readFileSync(file)).digest('hex'), statSync(file).mode])

test('a sound paper has nothing failing; looking at it changes nothing, and works beside a program that serves', async () => {
  const DATA_DIR = await copy()
  const before = state(DATA_DIR)
  const { code, printed } = await command(['doctor', '--offline'], DATA_DIR)
  expect([code, printed]).toEqual([0, expect.stringMatching(/^ok {4}database/)])
  expect(printed).toContain('0 failing')
  expect(printed).toContain('Move ')
  expect(state(DATA_DIR)).toEqual(before)
  const press = await openSampleEdition()
  const beside = await command(['doctor', '--offline', '--json'], press.dataDir)
  const findings = JSON.parse(beside.printed) as { check: string; state: string }[]
  expect([beside.code, findings.filter(({ state }) => state === 'fail')]).toEqual([0, []])
  const checks = new Set(findings.map(({ check }) => check))
  expect([...checks]).toEqual([
    'database',
    'tip line',
    'schema',
    'audit trail',
    'files',
    'permissions',
    'network',
    'clock',
    'disk',
    'keys',
    'backups',
  ])
})

test('a damaged database, a lost picture and a lost tip are failures that say what to do; the exit code is 1', async () => {
  const DATA_DIR = await copy()
  const [picture = ''] = readdirSync(path.join(DATA_DIR, 'media-originals')).filter(
    name => name !== 'incoming',
  )
  rmSync(path.join(DATA_DIR, 'media-originals', picture))
  rmSync(sealedParts(DATA_DIR)[0] ?? '')
  mkdirSync(path.join(DATA_DIR, 'tips/sealed/stray'))
  const { failing, seen } = await found(DATA_DIR)
  expect(failing).toEqual([
    expect.stringMatching(
      /^files: 2 of \d+ files that the databases name are gone .+ Take them out of a backup/,
    ),
  ])
  expect(seen.join('\n')).toContain('knows nothing of 1 folders in tips/sealed (stray)')
  const file = path.join(DATA_DIR, 'site.db')
  const bytes = readFileSync(file)
  bytes.fill(0x55, 40_960, 49_152)
  writeFileSync(file, bytes)
  const { code, printed } = await command(['doctor', '--offline'], DATA_DIR)
  expect([code, printed]).toEqual([1, expect.stringMatching(/fail {2}database .+ is damaged/)])
})

test('an open data folder, readable secrets, a clock that lies behind and a trail that was cut are told', async () => {
  const DATA_DIR = await copy()
  chmodSync(DATA_DIR, 0o755)
  chmodSync(path.join(DATA_DIR, 'staff-key'), 0o644)
  const db = openSqlite(path.join(DATA_DIR, 'site.db'))
  await db.run(sql`insert into migrations (name, checksum, applied) values ('9999-later.sql', '', '')`)
  await db.run(sql`update audit_end set number = number + 1`)
  await db.run(
    sql`insert into audit_end (only, number, mark, seal) values (1, 5, '', '') on conflict do nothing`,
  )
  await db.close()
  const { seen } = await found(DATA_DIR, { now: new Date('2020-01-01T00:00:00Z') })
  const all = seen.join('\n')
  expect(all).toContain(`chmod 700 ${DATA_DIR}`)
  expect(all).toContain(`chmod 600 ${path.join(DATA_DIR, 'staff-key')}`)
  expect(all).toContain('clock: The clock says 2020-01-01T00:00:00.000Z, but something was noted at')
  expect(all).toContain('schema: The database is newer than this program (9999-later.sql)')
  expect(all).toMatch(/audit trail: (Entries \d+ to \d+ are missing|The end of the trail was changed)/)
  rmSync(path.join(DATA_DIR, 'audit-key'))
  expect((await found(DATA_DIR)).failing.join('\n')).toContain('audit-key is gone')
  expect(existsSync(path.join(DATA_DIR, 'audit-key'))).toBe(false)
})

test('a door that others than this machine reach is told, since it does not encrypt', async () => {
  const DATA_DIR = await paper()
  const told = async (environment: object) =>
    (await found(DATA_DIR, environment)).seen.filter(line => line.startsWith('network: '))
  expect(await told({ HOST: '::1', BOUNCE_LISTEN: '127.0.0.1:2525' })).toEqual([])
  expect(await told({ HOST: '0.0.0.0', BOUNCE_LISTEN: '[::]:2525' })).toEqual([
    expect.stringContaining('HOST is 0.0.0.0: what comes there is not encrypted'),
    expect.stringContaining('BOUNCE_LISTEN is at ::: what comes there is not encrypted'),
  ])
})

test('the database and the tip line’s are for the program’s account only', async () => {
  const press = await openSampleEdition()
  for (const name of ['site.db', 'site.db-wal', 'tips/tips.db', 'tips/tips.db-wal'])
    expect([name, statSync(path.join(press.dataDir, name)).mode & 0o077]).toEqual([name, 0])
})

test('a certificate is looked at as browsers do: who signed it, and until when; without one, or an answer, that is said', async () => {
  const pair = path.join(import.meta.dirname, 'localhost.pem')
  const pem = readFileSync(pair, 'utf8')
  const server = createServer({ key: pem, cert: pem })
  await new Promise<void>(resolve => void server.listen(0, 'localhost', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const SITE_URL = `https://localhost:${port}`
  const look = async (url: string, now = '2026-01-01') =>
    (await certificate(url, new Date(now))).map(({ state, text }) => `${state}: ${text}`).join('\n')
  expect(await look(SITE_URL)).toMatch(/^fail: Browsers do not believe the certificate of localhost/)
  expect(await look(SITE_URL, '2200-01-01')).toMatch(/^fail: It ended on 2\d{3}-/)
  expect(await look('https://localhost:1')).toContain(
    'warn: https://localhost:1 cannot be reached from here (ECONNREFUSED)',
  )
  expect(await look('http://localhost:3000')).toContain('warn: http://localhost:3000 is not https')
  const { code, printed } = await command(['doctor'], await copy(), '', {
    SITE_URL,
    NODE_EXTRA_CA_CERTS: pair,
  })
  expect([code, printed]).toEqual([
    0,
    expect.stringMatching(/ok {4}certificate {2}It is good until 2\d{3}-\d\d-\d\d, \d+ more days/),
  ])
  // No receiver believes mail from localhost, and the DNS need not be asked for that.
  expect(printed).toMatch(/warn {2}mail .+Set MAIL_FROM/)
})
