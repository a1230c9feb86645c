import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { keyNames, replaceRing, withNewKey } from '../../src/foundation/secret.js'
import { bytesOf, command, deeds, erased, keys, type Paper, paperWithAll, ringOf } from './paper.js'

/** Starts the paper, and looks whether all is there that hangs on its keys, and the trail whole. */
async function expectAll(paper: Paper, replaced: string[]): Promise<void> {
  const press = await paper.reopen()
  expect(await deeds(press)).toEqual(replaced.map(name => `replaced-key ${name}`))
  expect(await paper.signsIn(press)).toBe(true)
  expect(await paper.signsIn(press, paper.codes.pop())).toBe(true)
  for (const url of [paper.reader.preferences, paper.reader.leave])
    expect((await press.http.inject({ url })).statusCode).toBe(200)
  expect(await press.newsletter.suppressions.of(press.db, erased)).toMatchObject({ reason: 'erased' })
  expect((await press.audit.verify()).problems).toEqual([])
  await press.http.close()
}

describe('a replacement that is cut short leaves all readable, and the next start does what is left', () => {
  test('before the new file has its name', async () => {
    const paper = await paperWithAll()
    for (const name of keyNames)
      writeFileSync(path.join(paper.dataDir, `${name}.partial`), Buffer.alloc(40, 1))
    await expectAll(paper, [])
    expect(bytesOf(paper.dataDir).map(({ length }) => length)).toEqual([32, 32, 32])
    expect((await keys(paper, 'replace')).code).toBe(0)
    expect(keyNames.filter(name => existsSync(path.join(paper.dataDir, `${name}.partial`)))).toEqual([])
    await expectAll(paper, [...keyNames])
  })

  test.each(keyNames)('between the file of %s and the database', async name => {
    const paper = await paperWithAll()
    replaceRing(paper.dataDir, name, withNewKey(ringOf(paper.dataDir, name)))
    await expectAll(paper, [name])
    await expectAll(paper, [name])
  })

  test('between the database and the note that it is done', async () => {
    const paper = await paperWithAll()
    const note = path.join(paper.dataDir, 'keys.json')
    const before = readFileSync(note)
    await keys(paper, 'replace')
    writeFileSync(note, before)
    await expectAll(paper, [...keyNames])
  })

  test('between a file without the older keys and the database', async () => {
    const paper = await paperWithAll()
    await keys(paper, 'replace')
    for (const name of ['staff-key', 'secret-key'] as const)
      replaceRing(paper.dataDir, name, { newest: ringOf(paper.dataDir, name).newest, older: [] })
    const press = await paper.reopen()
    expect((await deeds(press)).slice(3)).toEqual([
      'forgot-older-keys staff-key',
      'forgot-older-keys secret-key',
    ])
    expect(await paper.signsIn(press)).toBe(true)
    expect(await press.newsletter.suppressions.of(press.db, erased)).toMatchObject({ reason: 'erased' })
  })

  // Wherever the signal meets it: what is asked of the result is the same.
  test.each([
    ['a first new file is there', (paper: Paper) => sizesOf(paper).includes(64)],
    ['all new files are there', (paper: Paper) => sizesOf(paper).every(size => size === 64)],
    ['the database is being written', (paper: Paper) => walOf(paper) > 0 && sizesOf(paper).includes(64)],
    ['it is noted', (paper: Paper) => noteOf(paper).split('"id"').length > 4],
  ])('by a signal that nothing can catch, once %s', async (_when, isReached) => {
    const paper = await paperWithAll()
    const child = spawn(path.join(programFolder, 'dist/main.js'), ['keys', 'replace'], {
      env: { PATH: process.env.PATH ?? '', DATA_DIR: paper.dataDir, LOG_LEVEL: 'silent' },
    })
    await killedWhen(child, () => isReached(paper))
    const replaced = keyNames.filter(name => ringOf(paper.dataDir, name).older.length)
    expect(replaced.length).toBeGreaterThan(0)
    await expectAll(paper, replaced)
    expect((await command(paper.dataDir, ['audit', 'verify'])).code).toBe(0)
  })
})

const sizesOf = ({ dataDir }: Paper) => keyNames.map(name => statSync(path.join(dataDir, name)).size)
const walOf = ({ dataDir }: Paper) =>
  statSync(path.join(dataDir, 'site.db-wal'), { throwIfNoEntry: false })?.size ?? 0
const noteOf = ({ dataDir }: Paper) => readFileSync(path.join(dataDir, 'keys.json'), 'utf8')

/** Ends a program the moment that something is so, or when it ends by itself before anybody saw it. */
async function killedWhen(child: ChildProcess, isReached: () => boolean): Promise<void> {
  const ended = new Promise(resolve => child.on('close', resolve))
  while (child.exitCode === null && !isReached()) await new Promise(resolve => setImmediate(resolve))
  child.kill('SIGKILL')
  await ended
}
