import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { App } from '../../src/app.js'
import { openBench } from './open-bench.js'
import { randomNumbers } from './random.js'

/**
 * Archives of any size, the same articles each time: 60 words each beside title and dek, every one with the word “archive”, one
 * in five with “council”, one in 200 with “harbour”, one in 100,000 with “quagga”; the newest at the end of 2025, one each ten minutes.
 *
 *     npx tsx tests/bench/archive.ts --articles 1000000 DIR
 */
type Submission = Parameters<App['articles']['desk']['submitAll']>[0][number]

const BATCH = 6_500
const SECTIONS = 8
const AUTHORS = 40
const TAGS = 200
const TEN_MINUTES = 600_000
const NEWEST = Date.parse('2025-12-31T12:00:00.000Z')

export interface Loaded {
  articles: number
  /** that taking them in took, until each batch was on the disk; inventing them is not counted */
  seconds: number
  perSecond: number
  /** resident, in MB: after the first tenth, at the end */
  memory: [number, number]
}

/** Fills an empty data directory through the machinery that `import` uses, below the reading of files. */
export async function buildArchive(dataDir: string, articles: number): Promise<Loaded> {
  const app = await openBench(dataDir)
  try {
    await furnish(app)
    let taking = 0
    let early = 0
    for (let first = 0; first < articles; first += BATCH) {
      const count = Math.min(BATCH, articles - first)
      const batch = Array.from({ length: count }, (_, n) => article(first + n, articles))
      const begun = performance.now()
      const problems = await app.articles.desk.submitAll(batch)
      taking += performance.now() - begun
      if (problems.size) throw [...problems.values()][0]
      early ||= first >= articles / 10 ? resident() : 0
      if (process.stderr.isTTY || (first / BATCH) % 10 === 0)
        process.stderr.write(`${first + count} articles, ${resident()} MB\n`)
    }
    const seconds = taking / 1_000
    return { articles, seconds, perSecond: articles / seconds, memory: [early, resident()] }
  } finally {
    await app.http.close()
  }
}

async function furnish({ articles, site }: App): Promise<void> {
  const named = (kind: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ slug: `${kind}-${n}`, name: `${kind} ${n}` }))
  await articles.desk.saveSections(named('section', SECTIONS).map(one => ({ ...one, description: '' })))
  await articles.desk.saveTags(named('tag', TAGS))
  for (const author of named('author', AUTHORS))
    await articles.desk.saveAuthor({ ...author, bio: '', picture: null, pictureAlt: '', links: [] })
  const { identity } = await site.site()
  await site.saveIdentity({ ...identity, name: 'The Archive' })
}

/** The article of that number, the first being the oldest of so many. */
export function article(n: number, of: number): Submission {
  const chance = randomNumbers(n)
  const words = (count: number) => Array.from({ length: count }, () => word(chance()))
  const marks = [
    'archive',
    ...(n % 5 === 0 ? ['council'] : []),
    ...(n % 200 === 7 ? ['harbour'] : []),
    ...(n % 100_000 === 11 ? ['quagga'] : []),
  ]
  const text = words(58)
  text.splice(20, 0, ...marks)
  return {
    title: `${words(6).join(' ')} ${n % 1_000 === 3 ? 'council' : n}`,
    dek: words(10).join(' '),
    slug: `story-${n}`,
    section: `section-${n % SECTIONS}`,
    tags: [`tag-${Math.floor(TAGS * chance() ** 2)}`, `tag-${Math.floor(TAGS * chance())}`],
    authors: [`author-${Math.floor(AUTHORS * chance() ** 2)}`],
    status: 'published',
    published: new Date(NEWEST - (of - n) * TEN_MINUTES).toISOString(),
    quickNote: true,
    formerSlugs: [],
    corrections: [],
    body: `${text.slice(0, 30).join(' ')}.\n\n${text.slice(30).join(' ')}.\n`,
  }
}

const consonants = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'w', 'z']
const vowels = ['a', 'e', 'i', 'o', 'u']

/** One of some 50,000 words, the earlier ones much more often than the later. */
function word(chance: number): string {
  let rest = Math.floor(50_000 * chance ** 4) + 75
  let made = ''
  while (rest > 0) {
    made += (consonants[rest % 15] ?? '') + (vowels[Math.floor(rest / 15) % 5] ?? '')
    rest = Math.floor(rest / 75)
  }
  return made
}

function resident(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { articles: { type: 'string', default: '1000000' } },
    allowPositionals: true,
  })
  const [folder] = positionals
  if (!folder) throw new Error('Name the folder: npx tsx tests/bench/archive.ts --articles 1000000 DIR')
  await mkdir(path.resolve(folder), { recursive: true })
  const { articles, perSecond, memory } = await buildArchive(path.resolve(folder), Number(values.articles))
  process.stdout.write(
    `${articles} articles, ${perSecond.toFixed(0)} a second, ${memory.join(' → ')} MB resident\n`,
  )
}
