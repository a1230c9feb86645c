import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, raw, type Sql, sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { exportRepository } from '../../src/newsletter/readers/export.repository.js'
import { importRepository } from '../../src/newsletter/readers/import.repository.js'
import { readersRepository } from '../../src/newsletter/readers/repository.js'
import type { ListFilter } from '../../src/newsletter/readers/schema.js'
import { openPress } from '../support/press.js'
import { addReaders } from '../support/readers.js'

const many = Number.MAX_SAFE_INTEGER

async function watchedDatabase(): Promise<{ db: Database; steps: string[] }> {
  const press = await openPress()
  await addReaders(press, 100)
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  onTestFinished(() => db.close())
  const steps: string[] = []
  const explained = async (query: Sql) => {
    const rows = await db.all(sql`${raw('explain query plan')} ${query}`)
    steps.push(...(rows as { detail: string }[]).map(row => row.detail))
  }
  const all = async (query: Sql) => explained(query).then(() => db.all(query))
  const get = async (query: Sql) => explained(query).then(() => db.get(query))
  return { db: { ...db, all, get } as Database, steps }
}

const filters: [string, Omit<ListFilter, 'words'> & { words?: string[] }][] = [
  ['nothing', {}],
  ['a state', { state: 'pending' }],
  ['a domain', { domain: 'example.org' }],
  ['a domain and a state', { domain: 'example.org', state: 'pending' }],
  ['an address', { key: 'reader000001@example.org' }],
  ['words', { words: ['reader', 'org'] }],
  ['words and a state', { words: ['reader'], state: 'active' }],
  ['a section', { sectionId: 'none' }],
  ['frequency and dates', { frequency: 'daily', from: '2020', until: '2021' }],
]

test.each(filters)(
  'the list narrowed to %s is read along its own order and sorted nowhere',
  async (name, filter) => {
    const { db, steps } = await watchedDatabase()
    await readersRepository(db).page({ words: [], ...filter }, many, 51)
    // Few chose this section: they are gathered and sorted.
    if (name !== 'a section')
      expect(steps.filter(step => /TEMP B-TREE/.test(step) && !steps.includes('SCAN l'))).toEqual([])
    expect(steps.filter(step => /^SCAN (subscribers|s|reader_search)\b/.test(step))).toEqual([])
    if (name === 'a state' || name === 'a domain' || name === 'a domain and a state')
      expect(steps.join('\n')).toMatch(/USING (COVERING )?INDEX reader_list_by_(state|domain)/)
  },
)

test('counts, growth, one reader, imports and exports read by keys only', async () => {
  const { db, steps } = await watchedDatabase()
  const readers = readersRepository(db)
  await readers.counts()
  await readers.quarters('2020')
  await readers.reader('one')
  await readers.history('one')
  await readers.deliveries('one', many, 51)
  await readers.bounces('one')
  await readers.sections(['one'])
  await importRepository(db).known(['a', 'b'], 500)
  await importRepository(db).suppressed(['a', 'b'], 500)
  const exported = exportRepository(db)
  await exported.readers('', 500)
  await exported.consents('a', 'b')
  await exported.choices('a', 'b')
  // One row for each state.
  expect(steps.filter(step => /^SCAN /.test(step) && step !== 'SCAN reader_counts')).toEqual([])
  // That index holds the events of all readers.
  expect(steps.filter(step => /consents_by_event/.test(step))).toEqual([])
})
