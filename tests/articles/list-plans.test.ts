import path from 'node:path'
import { expect, test } from 'vitest'
import { listRepository } from '../../src/articles/list/repository.js'
import type { ListFilter } from '../../src/articles/list/schema.js'
import { type Database, raw, type Sql, sql } from '../../src/foundation/database.js'
import { Role } from '../../src/foundation/desk.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { openNewsroom } from '../support/newsroom.js'
import { sharedByTests, whenDone } from '../support/press.js'

const filters: [string, Partial<ListFilter>][] = [
  ['nothing', {}],
  ['a state', { state: 'withdrawn' }],
  ['the trash', { state: 'trash' }],
  ['a section', { sectionId: 'x' }],
  ['an author', { authorId: 'x' }],
  ['a tag', { tagId: 'x' }],
  ['words', { words: ['x', 'yyy'] }],
  ['everything', { state: 'published', sectionId: 'x', authorId: 'x', tagId: 'x', words: ['x'] }],
]
const indexes = {
  changed: 'desk_list_by_change',
  published: 'desk_list_by_publication',
  title: 'desk_list_by_title',
} as const

const empty = sharedByTests(async () => {
  const { dataDir } = await openNewsroom()
  const db = openSqlite(path.join(dataDir, 'site.db'))
  whenDone(() => db.close())
  return db
})

/** How SQLite would carry out what the list asks. */
async function plans() {
  const db = await empty()
  const steps: string[] = []
  const explain = async (query: Sql) => {
    const rows = await db.all(sql`${raw('explain query plan')} ${query}`)
    steps.push(...(rows as { detail: string }[]).map(row => row.detail))
    return db.all(query)
  }
  return { repository: listRepository({ ...db, all: explain } as Database), steps }
}

test.each(filters)(
  'narrowed to %s, a page reads one index in its order and never an article',
  async (_, filter) => {
    for (const [order, index] of Object.entries(indexes)) {
      for (const role of Role.options) {
        const { repository, steps } = await plans()
        const actor = { id: 'x', name: 'x', role }
        const walk = { order: order as keyof typeof indexes, limit: 51, beyond: { value: 'x', number: 1 } }
        const whole: ListFilter = { state: 'all', words: [], ...filter }
        for (const direction of ['asc', 'desc'] as const)
          await repository.places(actor, whole, { ...walk, direction })
        const ways = steps.filter(step => /^(SEARCH|SCAN) l\b/.test(step))
        expect(ways).toHaveLength(2)
        for (const way of ways) expect(way).toContain(`USING COVERING INDEX ${index}`)
        expect(steps.filter(step => /TEMP B-TREE/.test(step))).toEqual([])
      }
    }
  },
)

test.each(filters)(
  'narrowed to %s, counting reads one index, or looks up what holds the words',
  async (_, filter) => {
    const { repository, steps } = await plans()
    await repository.counts({ id: 'x', name: 'x', role: 'editor' }, { state: 'all', words: [], ...filter })
    const ways = steps.filter(step => /^(SEARCH|SCAN) l\b/.test(step))
    expect(ways).toHaveLength(1)
    if (filter.words?.length) return expect(ways[0]).toContain('USING INTEGER PRIMARY KEY')
    expect(ways[0]).toContain('USING COVERING INDEX')
    expect(steps.filter(step => /TEMP B-TREE/.test(step))).toEqual([])
  },
)

test('what the rows of a page show is found by key', async () => {
  const { repository, steps } = await plans()
  await repository.rows([1, 2, 3])
  expect(steps.filter(step => step.startsWith('SCAN'))).toEqual([])
})
