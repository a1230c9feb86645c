import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { correctionsRepository } from '../../src/articles/corrections/repository.js'
import { formerAddressesRepository } from '../../src/articles/former-addresses.repository.js'
import { waitingForList } from '../../src/articles/list/waiting.sqlite.js'
import { articlesRepository } from '../../src/articles/repository.js'
import type { Cursor, Listing } from '../../src/articles/schema.js'
import { termsDeskRepository } from '../../src/articles/terms/desk.repository.js'
import type { Database, Query, Sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { redirectsRepository } from '../../src/redirects/repository.js'
import { openNewsroom } from '../support/newsroom.js'

const listings: { listing: Listing; index: string }[] = [
  { listing: { kind: 'all' }, index: 'articles_by_date' },
  { listing: { kind: 'section', id: 'x' }, index: 'articles_by_section' },
  { listing: { kind: 'tag', id: 'x' }, index: 'article_tags_by_date' },
  { listing: { kind: 'author', id: 'x' }, index: 'article_authors_by_date' },
  {
    listing: { kind: 'span', from: '2020-12-01T00:00:00.000Z', to: '2021-01-01T00:00:00.000Z' },
    index: 'articles_by_date',
  },
]
const cursor: Cursor = { published: '2020-12-24T09:00:00.000Z', id: '01a20d9f-0f56-74ab-a17d-c8889552d13a' }

/** How SQLite would carry out what a repository asks: a page far down must not cost more than the first. */
async function plansOf(
  ask: (
    repository: ReturnType<typeof articlesRepository>,
    corrections: ReturnType<typeof correctionsRepository>,
    spy: Database,
  ) => Promise<unknown>,
): Promise<string[]> {
  const press = await openNewsroom()
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  onTestFinished(() => db.close())
  const plans: string[] = []
  const note = async ({ sql, values }: Query) => {
    const rows = await db.all({ sql: `explain query plan ${sql}`, values })
    plans.push(...(rows as { detail: string }[]).map(row => row.detail))
  }
  const explain = async (query: Query) => {
    await note(query)
    return db.all(query)
  }
  const change = async (query: Sql) => {
    await note(query)
    return db.run(query)
  }
  const first = async (query: Query) => (await explain(query))[0]
  const spy = { ...db, all: explain, get: first, run: change } as Database
  await ask(articlesRepository(spy), correctionsRepository(spy), spy)
  return plans
}

test.each(listings)(
  'a page of a listing walks along $index, in both directions',
  async ({ listing, index }) => {
    const plans = await plansOf(async repository => {
      await repository.stories(listing, 13)
      await repository.stories(listing, 13, cursor, 'older')
      await repository.stories(listing, 13, cursor, 'newer')
      await repository.newest(listing, 30)
    })
    expect(plans.filter(step => step.includes(index))).toHaveLength(4)
    expect(plans.filter(step => /TEMP B-TREE/.test(step))).toEqual([])
    expect(plans.filter(step => /^SCAN (?!.*USING (COVERING )?INDEX)/.test(step))).toEqual([])
  },
)

test('an article, what hangs on it and the corrections are found by indexes', async () => {
  const plans = await plansOf(async (repository, corrections) => {
    await repository.bySlug('x')
    await repository.currentSlug('x')
    await repository.authorsOf(['x'])
    await repository.tagsOf(['x'])
    await repository.addresses('2020-12', { limit: 100, offset: 0 })
    await corrections.ofArticles(['x'])
    await corrections.newest(13, cursor)
  })
  // `part` is the part of a month that was asked for.
  expect(plans.filter(step => /^SCAN (?!part|.*USING (COVERING )?INDEX)/.test(step))).toEqual([])
})

test('lists of terms, former addresses and redirects walk along indexes, without sorting', async () => {
  const plans = await plansOf(async (_repository, _corrections, db) => {
    const terms = termsDeskRepository(db)
    await terms.list('tag', { after: 'x', limit: 51 })
    await terms.list('author', { after: 'x', unused: true, limit: 51 })
    await terms.isUsed('section', 'x')
    await terms.current('tag', 'x')
    await terms.merged('author', 'x')
    await terms.refile('tag', 'x', 'y')
    for (const kind of ['article', 'author', 'section', 'tag'] as const) {
      await formerAddressesRepository(db).list(kind, { after: 'x', query: '', limit: 51 })
      await formerAddressesRepository(db).stands(kind, 'x')
    }
    await redirectsRepository(db).from(['/x?p=1', '/x'])
    await redirectsRepository(db).list({ after: '/x', query: '', limit: 51 })
    await redirectsRepository(db).shortcut('/x', { to: '/y', key: '/y' })
  })
  expect(plans.filter(step => /TEMP B-TREE/.test(step))).toEqual([])
  // Working copies are looked through for an id before a section or an author is deleted, which is rare.
  expect(
    plans.filter(step => /^SCAN (?!.*USING (COVERING )?INDEX)/.test(step) && step !== 'SCAN manuscripts'),
  ).toEqual([])
})

test('what the list of the desk says of many new articles is gathered from these alone', async () => {
  const plans = await plansOf(async (_repository, _corrections, spy) => {
    const list = waitingForList(spy)
    await list.begin(500)
    await list.end()
  })
  expect(plans.filter(step => /^SEARCH (a|articles) USING INTEGER PRIMARY KEY/.test(step))).toHaveLength(5)
  expect(plans.filter(step => /^SCAN (?!desk_list_waiting)/.test(step))).toEqual([])
})
