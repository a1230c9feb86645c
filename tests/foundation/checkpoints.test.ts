import { statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { openSqlite, type SqliteOptions } from '../../src/foundation/sqlite.js'
import { temporaryFolder } from '../support/press.js'

const checkpointProgram = path.join(programFolder, 'dist/foundation/checkpoint-thread.js')
const PAGE = 4_096

async function busyDatabase(options: SqliteOptions = {}) {
  const file = path.join(await temporaryFolder(), 'test.db')
  const db = openSqlite(file, { checkpointProgram, ...options })
  onTestFinished(() => db.close())
  await db.script('create table pages (number integer primary key, bytes blob)')
  const other = new Sqlite(file)
  onTestFinished(() => void other.close())
  const log = () =>
    (other.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[])[0] ?? {
      log: 0,
      checkpointed: 0,
    }
  let number = 0
  return {
    ...{ file, db, log },
    /** Some hundred pages more. */
    write: () =>
      db.run(
        sql`insert or replace into pages (number, bytes) values (${number++ % 3}, zeroblob(${200 * PAGE}))`,
      ),
  }
}

test('however many write without a pause, the log is moved into the database and begun anew', async () => {
  const { file, db, write, log } = await busyDatabase({ sync: async () => undefined })
  // The thread needs a while to start.
  for (let turn = 0; turn < 8; turn++) await write()
  await expect.poll(() => log().checkpointed).toBeGreaterThan(0)
  let longest = 0
  // 128,000 pages, more than a hundred times what a log is to hold; without the thread it would come to 96,000.
  const writer = async () => {
    for (let turn = 0; turn < 160; turn++) {
      await write()
      if (turn % 4 === 0) await new Promise(resolve => setImmediate(resolve))
      longest = Math.max(longest, statSync(`${file}-wal`).size / PAGE)
    }
  }
  await Promise.all([writer(), writer(), writer(), writer()])
  // Writers wait for the thread at its third pass; how much comes before depends on how busy the machine is.
  expect(longest).toBeLessThan(64_000)
  expect(await db.get(sql`select count(*) as n from pages`)).toEqual({ n: 3 })
})

test('a transaction as large as a batch of an import is moved by the thread, not by whoever commits it', async () => {
  let look = (): void => undefined
  const { db, write, log } = await busyDatabase({ sync: async () => look() })
  // The thread needs a while to start.
  for (let turn = 0; turn < 8; turn++) await write()
  await expect.poll(() => log().checkpointed).toBeGreaterThan(0)
  let unmoved = 0
  look = () => {
    unmoved = log().log - log().checkpointed
  }
  await db.transaction(async tx => {
    for (let number = 10; number < 34; number++)
      await tx.run(sql`insert into pages (number, bytes) values (${number}, zeroblob(${1_000 * PAGE}))`)
  })
  expect(unmoved).toBeGreaterThan(24_000)
  await expect.poll(() => log().log - log().checkpointed, { timeout: 20_000 }).toBeLessThan(1_000)
})

test('a thread that cannot be had costs nobody a write', async () => {
  const { write, log } = await busyDatabase({ checkpointProgram: '/nowhere/checkpoint-thread.js' })
  for (let turn = 0; turn < 8; turn++) await write()
  expect(log()).toMatchObject({ checkpointed: 0 })
  // By then SQLite does it itself.
  for (let turn = 0; turn < 90; turn++) await write()
  expect(log().log - log().checkpointed).toBeLessThan(16_500)
})

test('while nobody knows what of the log is on the disk, it stays where it is', async () => {
  const disk = { refuses: false }
  const { db, log, write } = await busyDatabase({
    sync: async () => {
      if (disk.refuses) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
    },
  })
  const isMoved = () =>
    expect.poll(() => log().log - log().checkpointed, { timeout: 20_000 }).toBeLessThan(1_000)
  for (let turn = 0; turn < 8; turn++) await write()
  await isMoved()
  disk.refuses = true
  const { checkpointed } = log()
  for (let turn = 0; turn < 12; turn++) await expect(write()).rejects.toMatchObject({ trouble: 'unsure' })
  await pause(300)
  expect(log().log).toBeGreaterThan(2_400)
  expect(log().checkpointed).toBeLessThanOrEqual(checkpointed)
  disk.refuses = false
  await write()
  await isMoved()
  expect(await db.get(sql`select count(*) as n from pages`)).toEqual({ n: 3 })
})
