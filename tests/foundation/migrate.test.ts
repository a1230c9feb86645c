import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { migrate, pendingNames } from '../../src/foundation/migrate.js'
import { openReadOnly } from '../../src/foundation/read-only.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { temporaryFolder } from '../support/press.js'

const now = '2021-01-04T12:00:00.000Z'

async function emptyStore() {
  const folder = await temporaryFolder()
  const db = openSqlite(path.join(folder, 'test.db'))
  onTestFinished(() => db.close())
  const file = (name: string) => path.join(folder, name)
  const write = (name: string, text: string) => writeFile(file(name), text)
  const tables = async () =>
    (await db.all(sql`select name from sqlite_schema where type = 'table' order by name`)).map(
      row => (row as { name: string }).name,
    )
  return { db, folder, file, write, tables }
}

test('files run once, in the order of their numbers', async () => {
  const { db, folder, write, tables } = await emptyStore()
  await write('0002-more.sql', 'alter table words add column length integer')
  await write('0001-words.sql', 'create table words (word text)')
  expect(await pendingNames(db, [folder])).toEqual(['0001-words.sql', '0002-more.sql'])
  expect(await migrate(db, [folder], now)).toEqual(['0001-words.sql', '0002-more.sql'])
  expect(await migrate(db, [folder], now)).toEqual([])
  expect(await tables()).toEqual(['migrations', 'words'])
})

test('where all files ran, nothing is written', async () => {
  const { db, folder, file, write } = await emptyStore()
  await write('0001-words.sql', 'create table words (word text)')
  await migrate(db, [folder], now)
  const lookedAt = openReadOnly(file('test.db'))
  onTestFinished(() => lookedAt.close())
  expect(await migrate(lookedAt, [folder], now)).toEqual([])
})

test('an edited file stops the start and says which', async () => {
  const { db, folder, write } = await emptyStore()
  await write('0001-words.sql', 'create table words (word text)')
  await migrate(db, [folder], now)
  await write('0001-words.sql', 'create table words (word text, edited text)')
  await expect(migrate(db, [folder], now)).rejects.toThrow('0001-words.sql was edited after it was applied')
})

test('a missing file stops the start and says which', async () => {
  const { db, folder, file, write } = await emptyStore()
  await write('0001-words.sql', 'create table words (word text)')
  await migrate(db, [folder], now)
  await rm(file('0001-words.sql'))
  await expect(migrate(db, [folder], now)).rejects.toThrow(
    '0001-words.sql was applied to this database, but its file is missing',
  )
})

test('a failing file leaves the database as it was, the files before it included', async () => {
  const { db, folder, write, tables } = await emptyStore()
  await write('0001-words.sql', 'create table words (word text)')
  await write('0002-broken.sql', 'create table more (word text); create table words (again text)')
  await expect(migrate(db, [folder], now)).rejects.toThrow(
    '0002-broken.sql failed and the database was left as it was',
  )
  expect(await tables()).toEqual([])
})
