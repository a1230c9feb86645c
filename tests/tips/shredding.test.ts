import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openTipStore, type TipStore, tipsRepository } from '../../src/tips/store/index.js'
import { overwriteLog } from '../../src/tips/store/log.sqlite.js'
import { shreddingRepository } from '../../src/tips/store/shredding.repository.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { filesBelow } from '../support/tips.js'

const day = '2021-01-04'
const clock = () => new Date(`${day}T12:00:00Z`)

async function store(dataDir: string, warnings: string[] = []): Promise<TipStore> {
  const log = { warn: (text: string) => void warnings.push(text) } as never
  const opened = await openTipStore({ dataDir, clock, log })
  onTestFinished(() => opened.close().catch(() => undefined))
  return opened
}

interface Sent {
  id: string
  /** what must not be found once the tip is shredded */
  samples: Buffer[]
}

/** A tip of a text and a file, straight into the store; what is sealed is as random as ciphertext. */
async function tip({ db, sealed }: TipStore): Promise<Sent> {
  const [id, lookup, sourceKey] = [16, 32, 29].map(length => randomBytes(length).toString('hex')) as [
    string,
    string,
    string,
  ]
  const contents = [randomBytes(16_600), randomBytes(300_000)]
  const staged = sealed.stage([])
  for (const [number, content] of contents.entries()) await staged.sealed(number, pieces(content))
  await db.transaction(async tx => {
    await tipsRepository(tx).add({ id, day, sourceKey }, lookup)
    for (const number of [0, 1])
      await tipsRepository(tx).addPart(id, { batch: 1, number, day, kind: 'source' })
    await staged.keep(id, { batch: 1, day, kind: 'source' })
  })
  const samples = contents.flatMap(content =>
    Array.from({ length: 20 }, (_, index) => {
      const at = Math.floor((content.length / 20) * index)
      return content.subarray(at, at + 32)
    }),
  )
  return { id, samples: [...samples, ...[id, lookup, sourceKey].map(text => Buffer.from(text))] }
}

async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

/** Which files below a folder hold one of the samples, in their content or their name. */
function holders(folder: string, samples: Buffer[]): string[] {
  return filesBelow(folder).filter(file => {
    const bytes = Buffer.concat([Buffer.from(file), readFileSync(file)])
    return samples.some(sample => bytes.includes(sample))
  })
}

test('a shredded tip is in no byte of the database, its log or the folder, and the others stand', async () => {
  const dataDir = await temporaryFolder()
  const opened = await store(dataDir)
  const tips: Sent[] = []
  for (let count = 0; count < 12; count++) tips.push(await tip(opened))
  const [gone, kept] = [
    tips.filter((_, index) => index % 3 === 1),
    tips.filter((_, index) => index % 3 !== 1),
  ]
  for (const { samples } of gone) expect(holders(dataDir, samples).length).toBeGreaterThan(2)
  for (const { id } of gone) await opened.shred(id)

  for (const { samples } of gone) expect(holders(dataDir, samples)).toEqual([])
  expect(statSync(path.join(dataDir, 'tips/tips.db-wal')).size).toBe(0)
  for (const { id, samples } of kept) {
    expect(await tipsRepository(opened.db).byId(id)).toMatchObject({ id })
    for (const sample of samples) expect(holders(dataDir, [sample]).length).toBeGreaterThan(0)
  }
})

test('zeros stand where the log was, before it is cut off', async () => {
  const dataDir = await temporaryFolder()
  const opened = await store(dataDir)
  const { samples } = await tip(opened)
  const log = path.join(dataDir, 'tips/tips.db-wal')
  const rows = samples.slice(-3)
  expect(rows.filter(sample => readFileSync(log).includes(sample))).toHaveLength(3)
  await opened.db.script('pragma wal_checkpoint(restart)')
  expect(rows.filter(sample => readFileSync(log).includes(sample))).toHaveLength(3)
  await overwriteLog(opened.db, log)
  expect(rows.filter(sample => readFileSync(log).includes(sample))).toEqual([])
})

test('the beginning of a sealed file, where its keys are, is written over before the file goes', async () => {
  const dataDir = await temporaryFolder()
  const opened = await store(dataDir)
  const { id } = await tip(opened)
  const file = path.join(dataDir, 'tips/sealed', id, '1-file-1.age')
  const kept = path.join(dataDir, 'hard-link')
  linkSync(file, kept)
  await opened.shred(id)
  expect(existsSync(file)).toBe(false)
  expect(
    readFileSync(kept)
      .subarray(0, 65_536)
      .every(byte => byte === 0),
  ).toBe(true)
})

test('a shredding that a crash cut short is finished at the next start', async () => {
  const dataDir = await temporaryFolder()
  const opened = await store(dataDir)
  const { id, samples } = await tip(opened)
  // Rows gone, files not: where a crash leaves it.
  await shreddingRepository(opened.db).begin(id)
  expect(holders(path.join(dataDir, 'tips/sealed'), samples)).toHaveLength(2)
  await opened.db.close()

  const warnings: string[] = []
  const again = await store(dataDir, warnings)
  expect(holders(dataDir, samples)).toEqual([])
  expect(await shreddingRepository(again.db).begun(10)).toEqual([])
  expect(warnings).toEqual([])
})

test('sealed folders that no row knows stay, and the operator is told', async () => {
  const dataDir = await temporaryFolder()
  await (await store(dataDir)).close()
  const stray = path.join(dataDir, 'tips/sealed/00ff00ff')
  mkdirSync(stray)
  writeFileSync(path.join(stray, '1-message.age'), 'sealed')
  const warnings: string[] = []
  await store(dataDir, warnings)
  expect(warnings).toEqual([expect.stringContaining('00ff00ff')])
  expect(existsSync(stray)).toBe(true)
  expect((await openPress({ DATA_DIR: dataDir })).logged()).toContain('00ff00ff')
})
