import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { serveProgram } from '../support/program.js'

const search = async (press: Newsroom, query: string) => {
  const answer = await press.http.inject(`/search?q=${encodeURIComponent(query)}`)
  expect(answer.statusCode).toBe(200)
  return answer.body
}

const found = (html: string) =>
  [...html.matchAll(/<h3><a href="\/articles\/([^"]+)"/g)].map(([, slug]) => slug as string)

async function library(): Promise<Newsroom> {
  const press = await openNewsroom()
  await press.publish({
    slug: 'keys',
    title: 'Encryption keys',
    body: 'How a café in Zürich keeps its keys.',
  })
  await press.publish({
    slug: 'letters',
    title: 'Letters',
    body: 'A letter about encryption and the free press.',
  })
  await press.publish({
    slug: 'apart',
    title: 'Apart',
    body: 'The press is free of charge; encryption is not <b>mentioned</b>.',
  })
  return press
}

test('the title weighs more than the text', async () => {
  const press = await library()
  expect(found(await search(press, 'encryption'))[0]).toBe('keys')
})

test('each result stands under its own title and quotes its own text', async () => {
  const press = await library()
  const html = await search(press, 'encryption')
  const results = [
    ...html.matchAll(/<h3><a href="\/articles\/([^"]+)">(.*?)<\/a><\/h3>\s*<p[^>]*>(.*?)<\/p>/gs),
  ].map(([, slug, title, snippet]) => [slug, title, snippet])
  expect(results).toEqual([
    ['keys', '<mark>Encryption</mark> keys', 'How a café in Zürich keeps its keys.'],
    ['apart', 'Apart', 'The press is free of charge; <mark>encryption</mark> is not mentioned.'],
    ['letters', 'Letters', 'A letter about <mark>encryption</mark> and the free press.'],
  ])
})

test('phrases, beginnings and folded diacritics are understood', async () => {
  const press = await library()
  expect(found(await search(press, '"free press"'))).toEqual(['letters'])
  expect(found(await search(press, 'encr* cafe'))).toEqual(['keys'])
  expect(found(await search(press, 'zurich'))).toEqual(['keys'])
  expect(found(await search(press, 'menti'))).toEqual(['apart'])
})

test('what matched is marked, and nothing else is markup', async () => {
  const press = await library()
  await press.publish({
    slug: 'hostile',
    title: 'Hostile',
    body: 'The word `<script>alert(1)</script>` beside zebra.',
  })
  const html = await search(press, 'zebra')
  expect(html).toContain('<mark>zebra</mark>')
  expect(await search(press, 'hostile')).toContain('<mark>Hostile</mark></a></h3>')
  expect(html).not.toContain('<script>alert')
})

test('a heading in what a result quotes does not run into the sentence under it', async () => {
  const press = await library()
  await press.publish({
    slug: 'iron',
    title: 'Presses',
    body: '## Iron, and then steam\n\nAround 1800 okapis\nwere built.\n\n- of iron',
  })
  expect(await search(press, 'okapis')).toContain(
    'Iron, and then steam · Around 1800 <mark>okapis</mark> were built. · of iron',
  )
})

test('a changed article is found by its new words only', async () => {
  const press = await library()
  await press.publish({ slug: 'letters', title: 'Letters', body: 'Nothing but typewriters.' })
  expect(found(await search(press, 'typewriters'))).toEqual(['letters'])
  expect(found(await search(press, '"free press"'))).toEqual([])
})

test('operators, quotes and stray marks are words, never an error', async () => {
  const press = await library()
  const odd = [
    '"',
    '""',
    '"""',
    'AND',
    'OR NOT',
    'NEAR(a b)',
    'title:x',
    '^keys',
    '*',
    '-',
    'a AND',
    '(keys',
    "'; drop table articles; --",
    '\u0000',
    'keys\u0000',
    '{a b}:c',
    '+',
    'a"b',
    '💥',
    '%',
  ]
  for (const query of odd) await search(press, query)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async query => {
      await search(press, query)
    }),
    { numRuns: 150 },
  )
})

test('a question too long or asked twice is refused with a page', async () => {
  const press = await openNewsroom()
  for (const url of [
    `/search?q=${'x'.repeat(201)}`,
    '/search?q=a&q=b',
    '/search?q=a&page=0',
    '/search?q=a&page=9999',
  ]) {
    const answer = await press.http.inject(url)
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toContain('text/html')
  }
})

test('of more matches than anybody looks through the newest are weighed, and older ones that say it in their title', async () => {
  const press = await openNewsroom()
  const stories = Array.from({ length: 260 }, (_, n) => submission(n, { body: `The harbour, day ${n}.` }))
  stories[3] = submission(3, { title: 'The harbour', body: 'Ships.' })
  await press.articles.desk.submitAll(stories)
  const html = await search(press, 'harbour')
  expect(html).toContain('the best of the newest 241')
  expect(found(html).slice(0, 3)).toEqual(['many-3', 'many-259', 'many-258'])
  expect(found(await search(press, 'ships'))).toEqual(['many-3'])
  expect(await search(press, 'ships')).toContain('1 article, the best first')
})

test('an old article that is changed stays old to the search', async () => {
  const press = await openNewsroom()
  await press.articles.desk.submitAll(Array.from({ length: 260 }, (_, n) => submission(n)))
  await press.articles.desk.submit(submission(0, { body: 'Quay, quay, quay.' }))
  const pages = await Promise.all(
    Array.from({ length: 20 }, (_, page) => press.http.inject(`/search?q=quay&page=${page + 1}`)),
  )
  expect(pages.flatMap(({ body }) => found(body))).not.toContain('many-0')
})

test('of articles that come in together one that cannot be taken is named, and the others are found', async () => {
  const press = await openNewsroom()
  const problems = await press.articles.desk.submitAll([
    submission(1),
    submission(2, { section: 'nowhere' }),
    submission(3, { status: 'draft' }),
    submission(4),
    submission(4, { title: 'The later one' }),
  ])
  expect([...problems.keys()]).toEqual([1])
  expect(found(await search(press, 'quay')).sort()).toEqual(['many-1', 'many-4'])
  expect(await search(press, 'later')).toContain('<mark>later</mark>')
  const words = await press.db.all(sql`select rowid from desk_search where desk_search match 'quay'`)
  expect(words).toHaveLength(3)
})

function submission(
  n: number,
  given: Partial<Parameters<Newsroom['articles']['desk']['submit']>[0]> = {},
): Parameters<Newsroom['articles']['desk']['submit']>[0] {
  return {
    title: `Number ${n}`,
    dek: '',
    slug: `many-${n}`,
    section: 'press',
    tags: [],
    authors: [],
    status: 'published',
    published: new Date(Date.UTC(2020, 0, 1) + n * 3_600_000).toISOString(),
    quickNote: true,
    formerSlugs: [],
    corrections: [],
    body: 'At the quay.',
    ...given,
  }
}

// proc_pid_stat(5): the niceness is the 19th field, the policy the 41st; the name, which may hold spaces, is the second.
const NICENESS = 19
const POLICY = 41
// sched.h
const SCHED_IDLE = 5

/** A field of proc_pid_stat(5), of each thread of a process. */
function threads(pid: number, field: number): number[] {
  const folder = `/proc/${pid}/task`
  const stats = readdirSync(folder).map(thread => readFileSync(`${folder}/${thread}/stat`, 'utf8'))
  return stats.map(stat => Number(stat.split(') ')[1]?.split(' ')[field - 3]))
}

describe.runIf(process.platform === 'linux')('the thread that searches lets those go first who read', () => {
  test('by its priority', async () => {
    const press = await library()
    await search(press, 'keys')
    expect(Math.max(...threads(process.pid, NICENESS))).toBeGreaterThan(getPriority())
  })

  test('and at once, where one core is all there is', async () => {
    const { url, child } = await serveProgram()
    const pid = child.pid ?? 0
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0', String(pid)])
    expect((await fetch(`${url}/search?q=keys`)).status).toBe(200)
    await expect.poll(() => threads(pid, POLICY).filter(policy => policy === SCHED_IDLE)).toHaveLength(1)
  })
})
