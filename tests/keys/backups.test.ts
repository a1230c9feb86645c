import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { keyNames } from '../../src/foundation/secret.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { bytesOf, command, erased, keys, paperWithAll } from './paper.js'

test('a backup holds the older keys as well, and what is restored from it goes on', async () => {
  const paper = await paperWithAll()
  await keys(paper, 'replace')
  const [folder, into] = [await temporaryFolder(), path.join(await temporaryFolder(), 'restored')]
  const file = path.join(folder, 'paper.tar.gz')
  expect((await command(paper.dataDir, ['backup', file])).code).toBe(0)
  expect((await command(paper.dataDir, ['restore', file, '--into', into])).code).toBe(0)
  expect(bytesOf(into)).toEqual(bytesOf(paper.dataDir))
  const press = await openPress({ DATA_DIR: into }, { clock: paper.time.clock })
  expect(await paper.signsIn(press)).toBe(true)
  expect((await press.http.inject({ url: paper.reader.preferences })).statusCode).toBe(200)
  expect(await press.newsletter.suppressions.of(press.db, erased)).toMatchObject({ reason: 'erased' })
  expect((await press.audit.verify()).problems).toEqual([])
})

test('keys are read after the databases, so that a backup opens whose keys were replaced while it was made', async () => {
  const paper = await paperWithAll()
  const folder = await temporaryFolder()
  const file = path.join(folder, 'paper.tar.gz')
  await command(paper.dataDir, ['backup', file])
  const names = execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).trim().split('\n')
  for (const name of keyNames) expect(names.indexOf(name)).toBeGreaterThan(names.indexOf('site.db'))
  // The database of before, the keys of after.
  const into = path.join(folder, 'paper')
  mkdirSync(into)
  execFileSync('tar', ['xzf', file, '-C', into])
  await keys(paper, 'replace')
  for (const name of keyNames) execFileSync('cp', [path.join(paper.dataDir, name), into])
  const press = await openPress({ DATA_DIR: into }, { clock: paper.time.clock })
  expect(readFileSync(path.join(into, 'staff-key'))).toHaveLength(64)
  expect(await paper.signsIn(press)).toBe(true)
  expect((await press.audit.verify()).problems).toEqual([])
})
