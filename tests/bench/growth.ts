import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { App } from '../../src/app.js'
import { sql } from '../../src/foundation/database.js'
import { type Figures, median } from './figures.js'
import { LARGE, measureAlone, openArchive } from './large-archive.js'

/**
 * What each kind of page costs, all queries and the render, in an archive of 1,000 articles and in one of a million; milliseconds,
 * medians of 5 rounds. Never the same address twice in a row where there is more than one.
 *
 *     npx tsx tests/bench/growth.ts [--large DIR]      DIR is filled where it is empty, and kept
 */
const SMALL = 1_000
const ROUNDS = 5
const ANSWERS = 40
const PAGE_LENGTH = 12

/** @param large a folder with the large archive; it is filled where it is empty */
export async function measureGrowth(large: string, articles = LARGE): Promise<Figures> {
  const small = await mkdtemp(path.join(tmpdir(), 'handpress-growth-'))
  try {
    const before = await openArchive(small, SMALL)
    const after = await openArchive(large, articles)
    const figures = await compare(before, after, { few: SMALL, many: articles })
    await Promise.all([before.http.close(), after.http.close()])
    return figures
  } finally {
    await rm(small, { recursive: true, force: true })
  }
}

async function compare(
  before: App,
  after: App,
  { few, many }: { few: number; many: number },
): Promise<Figures> {
  const figures: Figures = {}
  const shallow = await addresses(before, few)
  const deep = await addresses(after, many)
  for (const [name, wanted] of Object.entries(deep)) {
    const reference = shallow[name as keyof typeof shallow] ?? shallow['listing, page 2']
    const small: number[] = []
    const large: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const times = [await answers(before, reference), await answers(after, wanted)] as const
      // The first round fills what any program would have in memory.
      if (round === 0) continue
      small.push(times[0])
      large.push(times[1])
    }
    figures[name] = { small: median(small), large: median(large), growth: median(large) / median(small) }
  }
  return figures
}

type Address = (turn: number) => string

async function addresses({ db }: App, articles: number) {
  const last = articles - 1
  const beyond = async (page: number) => {
    const row = await db.get(sql`
      select published, id from articles where status = 'published'
      order by published desc, id desc limit 1 offset ${(page - 1) * PAGE_LENGTH - 1}`)
    const { published, id } = z.object({ published: z.string(), id: z.string() }).parse(row)
    return `/archive?before=${encodeURIComponent(`${published}_${id}`)}`
  }
  const second = await beyond(2)
  const far = articles >= 5_000 * PAGE_LENGTH ? await beyond(5_000) : undefined
  return {
    article: (turn: number) => `/articles/story-${last - ((turn * 7) % 900)}`,
    'front page': () => '/',
    'listing, page 2': () => second,
    ...(far && { 'listing, page 5,000': () => far }),
    month: () => '/archive/2025/12',
    section: (turn: number) => `/sections/section-${turn % 8}`,
    author: (turn: number) => `/authors/author-${turn % 10}`,
    tag: (turn: number) => `/tags/tag-${turn % 10}`,
    feed: () => '/feed.xml',
    'sitemap index': () => '/sitemap.xml',
  } satisfies Record<string, Address>
}

let turn = 0

/** Milliseconds of an answer, the median of many. */
async function answers({ http }: App, address: Address): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < ANSWERS; n++) {
    const url = address(turn++)
    const start = performance.now()
    const { statusCode } = await http.inject(url)
    times.push(performance.now() - start)
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`)
  }
  return median(times)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureAlone(measureGrowth)
