import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.js'
import { examine } from '../../src/examination.js'
import { sql } from '../../src/foundation/database.js'
import { keyNames, type Ring } from '../../src/foundation/secret.js'
import { staffKeys } from '../../src/staff/keys.js'
import { knownDevices } from '../../src/staff/known-devices.js'
import { ownerOfSeed } from '../../src/staff/totp.js'
import { relaysAccess } from '../support/bounces.js'
import { openPress, type Press, temporaryFolder } from '../support/press.js'
import { serveProgram, serveTipDoor } from '../support/program.js'
import { serveTogether } from '../support/workers.js'
import { bytesOf, command, deeds, erased, keys, type Paper, paperWithAll, ringOf } from './paper.js'

const get = async (press: Press, url: string) => (await press.http.inject({ url })).statusCode

const report = async (press: Press, authorization: string) =>
  (
    await press.http.inject({
      ...{ method: 'POST', url: '/newsletter/events' },
      headers: { 'content-type': 'application/json', authorization },
      payload: '[]',
    })
  ).statusCode

async function seedOf({ db }: Press) {
  const row = await db.get(sql`select id, totp from accounts where totp <> ''`)
  return row as { id: string; totp: string }
}

const opensWith = ({ id, totp }: { id: string; totp: string }, ring: Ring) =>
  staffKeys(ring).open(totp, ownerOfSeed(id)) !== undefined

const isKnown = (paper: Paper) =>
  knownDevices(staffKeys(ringOf(paper.dataDir, 'staff-key'))).deviceOf(
    decodeURIComponent(paper.device),
    'the.owner@example.org',
  ) !== undefined

const hashOf = async (press: Press) => (await press.newsletter.suppressions.of(press.db, erased))?.hash

test('what hangs on keys that are replaced goes on: apps, recovery codes, known browsers, links, return paths, relays, addresses of the erased, the trail', async () => {
  const paper = await paperWithAll()
  const before = await paper.reopen()
  const [hash, seed] = [await hashOf(before), await seedOf(before)]
  await before.http.close()
  const old = bytesOf(paper.dataDir)

  const { code, said } = await keys(paper, 'replace')
  expect([code, said]).toEqual([0, expect.stringContaining('secret-key is replaced.')])
  expect(said).toContain('staff reset EMAIL --second-factor')
  bytesOf(paper.dataDir).forEach((bytes, at) => {
    expect(bytes).toHaveLength(64)
    expect(bytes.subarray(32)).toEqual(old[at])
  })

  const press = await paper.reopen()
  expect(await deeds(press)).toEqual(keyNames.map(name => `replaced-key ${name}`))
  const anew = await seedOf(press)
  const { newest, older } = ringOf(paper.dataDir, 'staff-key')
  expect(opensWith(seed, { newest: older[0] as Buffer, older: [] })).toBe(true)
  expect(opensWith(anew, { newest: older[0] as Buffer, older: [] })).toBe(false)
  expect(opensWith(anew, { newest, older: [] })).toBe(true)
  expect(await paper.signsIn(press)).toBe(true)
  expect(await paper.signsIn(press, paper.codes[0])).toBe(true)
  expect(await paper.signsIn(press, paper.codes[0])).toBe(false)
  expect(isKnown(paper)).toBe(true)

  expect(await get(press, paper.reader.preferences)).toBe(200)
  expect(await get(press, paper.reader.leave)).toBe(200)
  const relays = relaysAccess(press).authorization
  expect(relays).not.toBe(paper.relays)
  expect([await report(press, relays), await report(press, paper.relays)]).toEqual([200, 200])
  expect(await hashOf(press)).toEqual(expect.any(String))
  expect(await hashOf(press)).not.toBe(hash)
  await press.http.close()
  expect((await command(paper.dataDir, ['audit', 'verify'])).said).toContain('none missing, none changed')
})

test('a key that is replaced twice is believed with each that it was', async () => {
  const paper = await paperWithAll()
  for (const name of keyNames) {
    await keys(paper, 'replace', name)
    await keys(paper, 'replace', name)
  }
  const press = await paper.reopen()
  expect(await deeds(press)).toHaveLength(6)
  expect(await paper.signsIn(press)).toBe(true)
  expect(await paper.signsIn(press, paper.codes[0])).toBe(true)
  expect(await get(press, paper.reader.preferences)).toBe(200)
  expect(await hashOf(press)).toEqual(expect.any(String))
  expect((await press.audit.verify()).problems).toEqual([])
})

test('it says what ends before older keys are forgotten, ends it when told to, and seals stay readable', async () => {
  const paper = await paperWithAll()
  await keys(paper, 'replace')
  const told = await keys(paper, 'forget')
  const today = new Date().toISOString().slice(0, 10)
  expect(told.code).toBe(0)
  expect(told.said).toContain(`10 recovery codes that were made before ${today} end`)
  expect(told.said).toContain(`in mail that went out before ${today} end`)
  expect(told.said).toContain('Nothing is forgotten yet')
  expect(bytesOf(paper.dataDir).map(({ length }) => length)).toEqual([64, 64, 64])

  const done = await keys(paper, 'forget', '--yes')
  expect([done.code, done.said]).toEqual([0, expect.stringContaining('the older keys are forgotten')])
  // The trail’s stays, since it proves what it made.
  expect(bytesOf(paper.dataDir).map(({ length }) => length)).toEqual([64, 32, 32])

  const press = await paper.reopen()
  expect((await deeds(press)).slice(3)).toEqual([
    'forgot-older-keys staff-key',
    'forgot-older-keys secret-key',
  ])
  expect(await paper.signsIn(press)).toBe(true)
  expect(await paper.signsIn(press, paper.codes[0])).toBe(false)
  expect(await press.db.get(sql`select count(*) as count from recovery_codes`)).toEqual({ count: 0 })
  expect(isKnown(paper)).toBe(false)
  for (const url of [paper.reader.preferences, paper.reader.leave])
    expect(await get(press, url)).toBeGreaterThanOrEqual(400)
  expect(await report(press, paper.relays)).toBe(401)
  expect(await report(press, relaysAccess(press).authorization)).toBe(200)
  expect(await hashOf(press)).toEqual(expect.any(String))
  expect((await press.audit.verify()).problems).toEqual([])
})

test('an older key of the trail is not forgotten, and nothing is where there is none', async () => {
  const paper = await paperWithAll()
  expect((await keys(paper, 'forget', '--yes')).said).toContain('There are no older keys to forget.')
  const refused = await keys(paper, 'forget', 'audit-key', '--yes')
  expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('there is nothing to forget')])
})

test('nothing is replaced while a program has the paper open; the tip line as a process of its own may go on', async () => {
  const { dataDir, child, ended } = await serveProgram()
  const before = bytesOf(dataDir)
  const refused = await keys({ dataDir }, 'replace')
  expect([refused.code, refused.said]).toEqual([
    1,
    expect.stringContaining('Stop it (systemctl stop handpress)'),
  ])
  expect(bytesOf(dataDir)).toEqual(before)
  child.kill('SIGTERM')
  await ended
  const door = await serveTipDoor(dataDir)
  expect((await keys({ dataDir }, 'replace')).code).toBe(0)
  expect((await fetch(`${door.url}/tips`)).status).toBe(200)
})

test('a worker that finds other keys than the first one does not serve, and the old ones go on', async () => {
  const company = await serveTogether(2)
  const file = path.join(company.dataDir, 'staff-key')
  writeFileSync(file, Buffer.concat([Buffer.alloc(32, 1), readFileSync(file)]))
  company.child.kill('SIGHUP')
  await expect.poll(company.printed, { timeout: 60_000 }).toContain('a new worker could not start')
  expect(company.printed()).toContain(
    'staff-key was replaced while the paper runs. Stop the program and start it again.',
  )
  expect((await fetch(company.url)).status).toBe(200)
})

test('`keys` lists each key: since when it is, where it lies, what hangs on it', async () => {
  const dataDir = await temporaryFolder()
  expect((await keys({ dataDir })).said).toBe(
    'audit-key\tnot made yet\nstaff-key\tnot made yet\nsecret-key\tnot made yet\n',
  )
  const press = await openPress({ DATA_DIR: dataDir })
  await press.http.close()
  await keys({ dataDir }, 'replace', 'staff-key')
  const today = new Date().toISOString().slice(0, 10)
  const { said } = await keys({ dataDir })
  expect(said).toContain(`secret-key\tsince ${today}\ta file\treaders’ links`)
  expect(said).toMatch(
    new RegExp(`staff-key\tsince ${today}\ta file\tseeds of apps.*\n\tolder, of ${today}: believed`),
  )
})

test.each([
  ['as it is', (file: string) => file],
  ['by an earlier version, which did not tell the key', (file: string) => file.replace(/,[^,\r]*\r/g, '\r')],
])('an erased address of a list that was exported before is known again: %s', async (_how, read) => {
  const paper = await paperWithAll()
  const before = await paper.reopen()
  const list = path.join(await temporaryFolder(), 'list.csv')
  await before.newsletter.suppressionFiles.exportTo(list)
  await before.http.close()
  writeFileSync(list, read(readFileSync(list, 'utf8')))
  await keys(paper, 'replace', 'secret-key')
  await keys(paper, 'forget', 'secret-key', '--yes')
  const press = await paper.reopen()
  await press.db.run(sql`delete from suppressions`)
  expect(await hashOf(press)).toBeUndefined()
  await press.newsletter.suppressionFiles.importFrom(list, {
    ...{ dryRun: false, detail: '', onProblem: () => undefined },
  })
  expect(await hashOf(press)).toEqual(expect.any(String))
})

test('the doctor tells of a key that was replaced two months ago and is still believed', async () => {
  const { dataDir } = await paperWithAll()
  await keys({ dataDir }, 'replace')
  const found = async (days: number) =>
    (
      await examine(readConfig({ DATA_DIR: dataDir }), {
        offline: true,
        now: new Date(Date.now() + days * 86_400_000),
      })
    )
      .filter(({ check, state }) => check === 'keys' && state === 'warn')
      .map(({ text }) => text)
      .filter(text => text.includes('was replaced on'))
  expect(await found(59)).toEqual([])
  expect(await found(61)).toEqual([
    expect.stringContaining('handpress keys forget staff-key'),
    expect.stringContaining('handpress keys forget secret-key'),
  ])
})

test('a key that got lost is told of, and what it made is not believed', async () => {
  const paper = await paperWithAll()
  const file = path.join(paper.dataDir, 'secret-key')
  renameSync(file, `${file}.away`)
  const press = await paper.reopen()
  expect(await deeds(press)).toEqual(['lost-key secret-key'])
  expect(press.logged()).toContain('the key that the database was worked with is not there')
  expect(await get(press, paper.reader.preferences)).toBeGreaterThanOrEqual(400)
  await press.http.close()
  renameSync(`${file}.away`, file)
  const again = await paper.reopen()
  expect(await get(again, paper.reader.preferences)).toBe(200)
  expect(await hashOf(again)).toEqual(expect.any(String))
})
