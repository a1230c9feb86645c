import { copyFile, open } from 'node:fs/promises'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, sql } from '../../src/foundation/database.js'
import { openSqlite, type SqliteOptions } from '../../src/foundation/sqlite.js'
import { temporaryFolder } from '../support/press.js'

async function emptyDatabase(options: SqliteOptions = {}): Promise<Database> {
  const db = openSqlite(path.join(await temporaryFolder(), 'test.db'), options)
  onTestFinished(() => db.close())
  await db.script('create table words (word text primary key)')
  return db
}

/** Waits until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setImmediate(resolve))
}

/** Does nothing else for so many milliseconds, as much work would. */
function holdUp(milliseconds: number): void {
  for (const until = performance.now() + milliseconds; performance.now() < until; );
}

const count = async (db: Database) =>
  ((await db.get(sql`select count(*) as n from words`)) as { n: number }).n

test('a rollback takes its own rows and nobody else’s', async () => {
  const db = await emptyDatabase()
  const doomed = db.transaction(async tx => {
    await tx.run(sql`insert into words (word) values ('doomed')`)
    await new Promise(resolve => setTimeout(resolve, 20))
    throw new Error('changed my mind')
  })
  const kept = db.run(sql`insert into words (word) values ('kept')`)
  await expect(doomed).rejects.toThrow('changed my mind')
  await kept
  expect(await db.all(sql`select word from words`)).toEqual([{ word: 'kept' }])
})

test('readers see the last commit and do not wait for a transaction under way', async () => {
  const db = await emptyDatabase()
  let finish: () => void = () => undefined
  const pause = new Promise<void>(resolve => {
    finish = resolve
  })
  const slow = db.transaction(async tx => {
    await tx.run(sql`insert into words (word) values ('later')`)
    await pause
  })
  expect(await count(db)).toBe(0)
  finish()
  await slow
  expect(await count(db)).toBe(1)
})

test('a long transaction lets others have their turn between its statements', async () => {
  const db = await emptyDatabase()
  const heard: string[] = []
  await db.transaction(async tx => {
    setImmediate(() => heard.push('somebody who waited'))
    holdUp(5)
    await tx.run(sql`insert into words (word) values ('first')`)
    heard.push('the next statement')
  })
  expect(heard).toEqual(['somebody who waited', 'the next statement'])
})

test('using the outer database inside a transaction is refused instead of waiting for itself', async () => {
  const db = await emptyDatabase({ patience: 20 })
  const nested = db.transaction(async () => db.run(sql`insert into words (word) values ('stuck')`))
  await expect(nested).rejects.toThrow('use the tx')
  expect(await count(db)).toBe(0)
})

test('whole numbers are asked for as such, of whatever length, and others as they are', async () => {
  const db = await emptyDatabase()
  await db.script('create virtual table pages using fts5 (word)')
  for (const number of [7, 2 ** 31, 63_766_944_000, Number.MAX_SAFE_INTEGER])
    await db.run(sql`insert into pages (rowid, word) values (${number}, 'ink')`)
  expect(
    await db.all(
      sql`select rowid as number from pages where pages match 'ink' and rowid = ${63_766_944_000}`,
    ),
  ).toEqual([{ number: 63_766_944_000 }])
  const values = [-1, 2 ** 40, -(2 ** 40), 0.5, 1e300, Number.NaN]
  const types = []
  for (const value of values) types.push(await db.get(sql`select typeof(${value}) as type`))
  expect(types.map(row => (row as { type: string }).type)).toEqual([
    ...['integer', 'integer', 'integer'],
    ...['real', 'real', 'null'],
  ])
})

test('a statement that writes and returns goes to the writer', async () => {
  const db = await emptyDatabase()
  expect(await db.get(sql`insert into words (word) values ('new') returning word`)).toEqual({ word: 'new' })
})

test('a write is answered once a sync that began after its commit has ended, and what waits shares one', async () => {
  const syncs: (() => void)[] = []
  let gate = false
  const db = await emptyDatabase({
    sync: async () => {
      if (gate) await new Promise<void>(resolve => syncs.push(resolve))
    },
  })
  gate = true
  const answered: string[] = []
  const write = (word: string) =>
    db.run(sql`insert into words (word) values (${word})`).then(() => answered.push(word))
  const first = write('first')
  await until(() => syncs.length === 1)
  const others = [
    write('second'),
    db.transaction(tx => tx.run(sql`insert into words (word) values ('third')`)),
  ]
  await until(async () => (await count(db)) === 3)
  expect(answered).toEqual([])
  syncs[0]?.()
  await first
  expect(answered).toEqual(['first'])
  await until(() => syncs.length === 2)
  syncs[1]?.()
  await Promise.all(others)
  expect(syncs).toHaveLength(2)
  gate = false
})

/** A disk that refuses to sync while it is told to. */
async function ailingDatabase() {
  const file = path.join(await temporaryFolder(), 'test.db')
  const disk = { refuses: 0, syncs: 0 }
  const sync = async () => {
    disk.syncs += 1
    if (disk.refuses-- > 0) throw new Error('EIO')
  }
  const db = openSqlite(file, { sync })
  onTestFinished(() => db.close())
  await db.script('create table words (word text primary key)')
  disk.syncs = 0
  /** what a machine would find whose power failed now, were all that was written on its disk */
  const copied = async () => {
    const copy = path.join(await temporaryFolder(), 'copy.db')
    for (const part of ['', '-wal']) await copyFile(`${file}${part}`, `${copy}${part}`)
    const found = new Sqlite(copy).prepare('select word from words order by word').pluck().all()
    return found as string[]
  }
  return { file, db, disk, copied }
}

test('when the disk refuses a sync, the log is written over itself and synced anew before the write is answered', async () => {
  const { db, disk, copied } = await ailingDatabase()
  disk.refuses = 1
  await db.run(sql`insert into words (word) values ('kept')`)
  expect(disk.syncs).toBe(2)
  expect(await copied()).toEqual(['kept'])
})

test('while the disk refuses, no write is answered and the reason is told; once it takes all, writes are answered again', async () => {
  const { db, disk, copied } = await ailingDatabase()
  disk.refuses = 1_000
  const write = (word: string) => db.run(sql`insert into words (word) values (${word})`)
  const refused = await Promise.allSettled(['one', 'two', 'three'].map(write))
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { status: 503, trouble: 'unsure' } })
  expect((await db.condition()).writing).toMatchObject({ trouble: 'unsure' })
  disk.refuses = 0
  disk.syncs = 0
  await write('four')
  // A sync alone would prove nothing of what is in the log before it.
  expect(disk.syncs).toBe(1)
  expect(await copied()).toContain('four')
  await expect.poll(async () => (await db.condition()).writing, { timeout: 5_000 }).toBeUndefined()
})

test('a log that lost what was written to it is not taken for whole', async () => {
  const { file, db, disk } = await ailingDatabase()
  await db.run(sql`insert into words (word) values ('lost')`)
  const log = await open(`${file}-wal`, 'r+')
  await log.write(Buffer.alloc(8), 0, 8, 32 + 24 + 4_000)
  await log.close()
  disk.refuses = 1
  const write = db.run(sql`insert into words (word) values ('more')`)
  await expect(write).rejects.toMatchObject({ trouble: 'unsure' })
})

test('who writes while another program holds the database waits for five seconds, and who stands behind no longer', async () => {
  const { file, db } = await ailingDatabase()
  const other = new Sqlite(file)
  other.exec('begin immediate')
  const began = performance.now()
  const write = (word: string) => db.run(sql`insert into words (word) values (${word})`)
  const refused = await Promise.allSettled(['one', 'two', 'three', 'four'].map(write))
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { trouble: 'locked' } })
  expect(performance.now() - began).toBeLessThan(10_000)
  other.exec('rollback')
  await write('five')
  expect(await count(db)).toBe(1)
  other.close()
})

test('of a damaged database what is whole can be read, and once it is mended all', async () => {
  const { file, db } = await ailingDatabase()
  await db.script('create table letters (letter text)')
  await db.run(sql`insert into letters (letter) values ('a')`)
  await db.run(sql`insert into words (word) values ('whole')`)
  const other = new Sqlite(file)
  other.pragma('wal_checkpoint(TRUNCATE)')
  const root = other
    .prepare("select rootpage from sqlite_schema where name = 'letters'")
    .pluck()
    .get() as number
  other.close()
  const pages = await open(file, 'r+')
  const place = (root - 1) * 4_096
  const { buffer: former } = await pages.read(Buffer.alloc(4_096), 0, 4_096, place)
  await pages.write(Buffer.alloc(4_096, 0x77), 0, 4_096, place)
  await db.run(sql`insert into words (word) values ('also')`)
  const letters = () => db.all(sql`select letter from letters`)
  await expect(letters()).rejects.toMatchObject({ status: 503, trouble: 'damaged' })
  expect((await db.condition()).reading).toMatchObject({ trouble: 'damaged' })
  expect(await count(db)).toBe(2)
  await pages.write(former, 0, 4_096, place)
  await pages.close()
  expect(await letters()).toEqual([{ letter: 'a' }])
})

test('when too many writes wait, further ones hear so at once and leave nothing; those in line are done', async () => {
  const db = await emptyDatabase({ mostWaiting: 3 })
  let finish: () => void = () => undefined
  const pause = new Promise<void>(resolve => {
    finish = resolve
  })
  const slow = db.transaction(async tx => {
    await tx.run(sql`insert into words (word) values ('slow')`)
    await pause
  })
  const writes = Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => db.run(sql`insert into words (word) values (${`word ${n}`})`)),
  )
  await new Promise(resolve => setImmediate(resolve))
  finish()
  await slow
  const results = (await writes).map(one => (one.status === 'rejected' ? one.reason.status : 'done'))
  expect(results).toEqual(['done', 'done', 'done', 503, 503, 503, 503, 503, 503, 503])
  expect(await count(db)).toBe(4)
  await db.run(sql`insert into words (word) values ('afterwards')`)
  expect(await count(db)).toBe(5)
})
