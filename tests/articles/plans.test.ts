import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { search } from '../../src/articles/searching/search.js'
import { openReader } from '../../src/foundation/sqlite.js'
import { openSampleEdition } from '../support/edition.js'

// The pages that an archive could make slow, each of them without anything cached.
const pages = [
  '/',
  '/articles/the-press-in-the-cellar',
  '/archive',
  '/archive/2020/12',
  '/sections/press',
  '/tags/encryption',
  '/authors/ada-writer',
  '/corrections',
  '/feed.xml',
  '/sections/press/feed.xml',
  '/sitemap.xml',
  '/sitemap-articles-2020-12-1.xml',
  '/news-sitemap.xml',
]
const cursor = '2020-12-24T09:00:00.000Z_01a20d9f-0f56-74ab-a17d-c8889552d13a'

/** Read as a whole: as many rows as a paper has sections or months, or as another step has picked already. */
const few = /^SCAN (sections|s|f|m|part|candidate|CONSTANT ROW|\(subquery-\d+\))(?!\w)/
/** Sorted: sections; the twenty latest of each tag. Or what hangs on one page's articles, among themselves. */
const fewSorted = /from sections order by position|as shared from/

test('no statement of a page for readers reads a table as a whole or sorts it, however far down the page is', async () => {
  const press = await openSampleEdition()
  const texts = new Set<string>()
  const prepare = vi.spyOn(Sqlite.prototype, 'prepare').mockImplementation(function (
    this: Sqlite.Database,
    text: string,
  ) {
    texts.add(text)
    return original.call(this, text)
  } as typeof original)
  const front = (await press.http.inject('/')).body
  const linked = [...front.matchAll(/href="(\/(?:articles|sections|tags|authors)\/[^"#]+)"/g)].map(
    ([, url]) => url as string,
  )
  const listings = linked.filter(url => !url.startsWith('/articles/'))
  const beside = [...listings, '/archive'].flatMap(url => [
    `${url}?before=${cursor}`,
    `${url}?after=${cursor}`,
  ])
  for (const url of [...pages, ...linked, ...beside]) await press.http.inject(url)
  const db = openReader(path.join(press.dataDir, 'site.db'))
  for (const query of ['press', '"free press"', 'en*', 'the press is free'])
    await search(db, { query, limit: 12, offset: 0 })
  prepare.mockRestore()

  const asked = [...texts].filter(text => /^\s*(select|with)\b/i.test(text))
  expect(asked.length).toBeGreaterThan(25)
  const wrong = asked.flatMap(text => plan(press.dataDir, text).map(step => `${step}: ${text}`))
  expect(wrong).toEqual([])
})

const original = Sqlite.prototype.prepare

/** Steps of a statement's plan that an archive makes slow. */
function plan(dataDir: string, text: string): string[] {
  const db = new Sqlite(path.join(dataDir, 'site.db'), { readonly: true })
  const values = Array.from(text.matchAll(/\?/g), () => null)
  const steps = db.prepare(`explain query plan ${text}`).all(values) as { detail: string }[]
  db.close()
  return steps
    .map(({ detail }) => detail)
    .filter(step => (step.startsWith('SCAN ') ? !isBounded(step, text) : step.startsWith('USE TEMP B-TREE')))
    .filter(
      step => !(step.includes('FOR LAST TERM') || (step.includes('TEMP B-TREE') && fewSorted.test(text))),
    )
}

// A walk along an index that a limit ends.
function isBounded(step: string, text: string): boolean {
  return (
    few.test(step) ||
    (/ USING (COVERING )?INDEX | VIRTUAL TABLE INDEX \d+:[^ ]/.test(step) && /\blimit (0 \+ \?|1)/.test(text))
  )
}
