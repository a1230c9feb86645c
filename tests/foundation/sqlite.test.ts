import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { temporaryFolder } from '../support/press.js'

async function emptyDatabase(): Promise<Database> {
  const db = openSqlite(path.join(await temporaryFolder(), 'test.db'))
  onTestFinished(() => db.close())
  await db.script('create table words (word text primary key)')
  return db
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

test('using the outer database inside a transaction fails at once instead of waiting for itself', async () => {
  const db = await emptyDatabase()
  const nested = db.transaction(async () => db.run(sql`insert into words (word) values ('stuck')`))
  await expect(nested).rejects.toThrow('use the tx')
  expect(await count(db)).toBe(0)
})

test('a statement that writes and returns goes to the writer', async () => {
  const db = await emptyDatabase()
  expect(await db.get(sql`insert into words (word) values ('new') returning word`)).toEqual({ word: 'new' })
})

test('every commit is synced to the disk', async () => {
  const db = await emptyDatabase()
  expect(await db.get(sql`pragma synchronous`)).toEqual({ synchronous: 2 })
})
