import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'

type Submission = Parameters<Newsroom['articles']['desk']['submit']>[0]

function submission(n: number, given: Partial<Submission> = {}): Submission {
  return {
    title: `Number ${n} of the Ledger`,
    dek: `The dek of ${n}.`,
    slug: `story-${n}`,
    section: n % 2 ? 'security' : 'press',
    tags: [`tag-${n % 3}`, `tag-${n % 5}-more`],
    authors: [`author-${n % 4}`],
    status: 'published',
    // In no order of dates, and now and then two of one second.
    published: new Date(Date.UTC(2020, 0, 1) + ((n * 37) % 101) * 86_400_000).toISOString(),
    quickNote: true,
    formerSlugs: [],
    corrections: [],
    body: `The text of ${n} is about harbours${n % 7 ? '' : ' and quaggas'}.\n`,
    ...given,
  }
}

/** What everybody takes in: new articles of every kind, and some that change others of the same batch or of before. */
const submissions: Submission[] = [
  ...Array.from({ length: 120 }, (_, n) => submission(n)),
  submission(200, { status: 'draft', published: undefined }),
  submission(201, { status: 'scheduled', published: '2040-01-01T00:00:00.000Z' }),
  submission(202, { status: 'withdrawn', withdrawnReason: 'It was wrong.' }),
  submission(203, { tags: [], authors: [] }),
  submission(204, {
    corrections: [{ at: '2021-01-01T00:00:00.000Z', text: 'It was two, not three.' }],
    formerSlugs: ['was-204'],
  }),
  // Changes one that came a moment ago: other tags, other words, another month.
  submission(3, { tags: ['changed'], body: 'Pelicans.', published: '2019-05-05T00:00:00.000Z' }),
  submission(205),
  // Finds one by its former address, takes one back, and changes one that was there before.
  submission(206, { slug: 'moved', formerSlugs: ['was-204'], authors: ['somebody'] }),
  submission(5, { status: 'draft' }),
  submission(207),
  submission(900, { slug: 'there-before', tags: ['tag-1'], title: 'Not what it was' }),
  submission(208),
]

/** All that is kept of articles beside their own rows, by addresses instead of ids. */
async function kept({ db }: Newsroom): Promise<Record<string, unknown[]>> {
  const words = (word: string) => sql`
    select a.slug from desk_list as l join articles as a on a.id = l.article_id
    where l.number in (select rowid from desk_search where desk_search match ${word}) order by 1`
  const found = (word: string) => sql`
    select a.slug from search_documents as d join articles as a on a.id = d.article_id
    where d.document in (select rowid from search_index where search_index match ${word}) order by 1`
  const queries = {
    articles: sql`
      select a.slug, a.title, a.body, a.status, a.published, a.corrected, s.slug as section
      from articles as a join sections as s on s.id = a.section_id order by a.slug`,
    tags: sql`
      select a.slug, t.slug as tag, l.position, l.published from article_tags as l
      join articles as a on a.id = l.article_id join tags as t on t.id = l.tag_id order by 1, 2`,
    authors: sql`
      select a.slug, p.slug as author, l.position, l.published from article_authors as l
      join articles as a on a.id = l.article_id join authors as p on p.id = l.author_id order by 1, 2`,
    list: sql`
      select l.number, a.slug, l.state, s.slug as section, l.published, l.title from desk_list as l
      join articles as a on a.id = l.article_id join sections as s on s.id = l.section_id order by 1`,
    terms: sql`
      select l.number, coalesce(t.slug, p.slug) as term from desk_list_terms as l
      left join tags as t on t.id = l.term_id left join authors as p on p.id = l.term_id order by 1, 2`,
    months: sql`select month, articles from published_months order by 1`,
    documents: sql`
      select d.document / 86400 as day, a.slug, i.title, i.body from search_documents as d join articles as a on a.id = d.article_id
      join search_index as i on i.rowid = d.document order by 1, 2`,
    titles: sql`
      select a.slug from search_documents as d join articles as a on a.id = d.article_id
      where d.document in (select rowid from search_titles where search_titles match 'ledger') order by 1`,
    former: sql`select f.slug, a.slug as now from former_slugs as f join articles as a on a.id = f.article_id order by 1`,
    waiting: sql`select after from desk_list_waiting`,
    harbours: words('harbours'),
    quaggas: words('quaggas'),
    pelicans: words('pelicans'),
    found: found('quaggas OR pelicans'),
  }
  const rows: Record<string, unknown[]> = {}
  for (const [name, query] of Object.entries(queries)) rows[name] = await db.all(query)
  return rows
}

async function changes({ db }: Newsroom): Promise<number> {
  const { version } = (await db.get(sql`select version from content_changes`)) as { version: number }
  return version
}

async function pressWithOneArticle(): Promise<Newsroom> {
  const press = await openNewsroom()
  await press.publish({ slug: 'there-before', tags: ['before'], authors: ['before'], body: 'Quaggas.' })
  return press
}

test('articles taken in together leave the same behind as those taken in one after the other', async () => {
  const together = await pressWithOneArticle()
  const after = await pressWithOneArticle()

  const before = await changes(together)
  expect(await together.articles.desk.submitAll(submissions)).toEqual(new Map())
  // Each transaction counts one: none had to be taken in by itself.
  expect(await changes(together)).toBe(before + 1)
  for (const one of submissions) await after.articles.desk.submit(one)

  const rows = await kept(together)
  expect(rows).toEqual(await kept(after))
  expect(rows.waiting).toEqual([])
  expect(rows.pelicans).toEqual([{ slug: 'story-3' }])
  expect(rows.list).toHaveLength(130)
  // What comes later is on the list at once.
  await together.publish({ slug: 'later', tags: ['tag-1'] })
  expect((await kept(together)).terms).toHaveLength((rows.terms?.length ?? 0) + 2)
})

test('articles that come in no order of dates make one piece of each index', async () => {
  const press = await openNewsroom()
  await press.articles.desk.submitAll(Array.from({ length: 600 }, (_, n) => submission(n)))
  const pieces = await press.db.all(sql`
    select (select count(distinct segid) from search_index_idx) as texts,
      (select count(distinct segid) from search_titles_idx) as titles,
      (select count(distinct segid) from desk_search_idx) as desk`)
  expect(pieces).toEqual([{ texts: 1, titles: 1, desk: 1 }])
})
