import { expect, test } from 'vitest'
import { join, sql } from '../../src/foundation/database.js'
import { fixedLists, fixedQuery } from '../../src/foundation/fixed-query.js'

test('a fixed query says what the query says, with the values of each time at their places', () => {
  const make = (id: string, count: number) =>
    sql`select ${count} where id = ${id} or parent = ${id} limit ${count}`
  const query = fixedQuery(make)
  for (const values of [
    ['a', 1],
    ['b', 2],
    ['b', 2],
  ] as [string, number][]) {
    const { sql: text, values: bound } = make(...values)
    expect(query(...values)).toEqual({ sql: text, values: bound })
  }
})

test('lists of each length have a text of their own', () => {
  const make = (ids: unknown[]) => sql`select 1 where id in (${join(ids)})`
  const query = fixedLists(make)
  for (const ids of [['a'], ['b', 'c'], ['d'], ['e', 'f'], Array.from({ length: 60 }, (_, n) => n)]) {
    const { sql: text, values } = make(ids)
    expect(query(ids)).toEqual({ sql: text, values })
  }
})

test('a fixed query that would leave something out of its values is refused', () => {
  const now = 'now'
  expect(() => fixedQuery((id: string) => sql`select ${now} where id = ${id}`)('a')).toThrow('no values but')
})
