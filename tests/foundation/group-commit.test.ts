import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { groupCommit, nothingAround } from '../../src/foundation/group-commit.js'
import { openSqlite } from '../../src/foundation/sqlite.js'

/** A table of names, and writes to it that are gathered; transactions are counted. */
async function openNames(most: number) {
  const db = openSqlite(path.join(await mkdtemp(path.join(tmpdir(), 'handpress-')), 'names.db'))
  await db.script('create table names (name text primary key)')
  let transactions = 0
  const together = groupCommit(
    {
      ...db,
      transaction(work) {
        transactions += 1
        return db.transaction(work)
      },
    },
    { most, around: nothingAround },
  )
  return {
    add: (name: string) =>
      together(async tx => {
        await tx.run(sql`insert into names (name) values (${name})`)
        return name
      }),
    async names() {
      const rows = (await db.all(sql`select name from names order by rowid`)) as { name: string }[]
      return rows.map(({ name }) => name)
    },
    transactions: () => transactions,
  }
}

test('who comes in one turn is written together, and so are all who come while they are, in their order', async () => {
  const { add, names, transactions } = await openNames(16)
  const early = ['a', 'b'].map(add)
  while (transactions() === 0) await new Promise(setImmediate)
  const late = ['c', 'd', 'e'].map(add)
  expect(await Promise.all([...early, ...late])).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(await names()).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(transactions()).toBe(2)
})

test('no more are written together than may be', async () => {
  const { add, names, transactions } = await openNames(2)
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(add))
  expect(await names()).toHaveLength(5)
  expect(transactions()).toBe(3)
})

test('what fails does so alone', async () => {
  const { add, names } = await openNames(16)
  const results = await Promise.allSettled(['a', 'b', 'a', 'c'].map(add))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(await names()).toEqual(['a', 'b', 'c'])
})
