import { fileURLToPath } from 'node:url'
import type { App } from '../../src/app.js'
import { openCompany } from './company.js'
import { type Figures, median, percentile } from './figures.js'
import { atHalfLoad } from './half-load.js'
import { LARGE, measureAlone, openArchive } from './large-archive.js'
import { startPress } from './server.js'

/**
 * How long a page of search results takes in an archive of a million articles, and what readers of articles feel of searches that
 * never pause: those of an article at half of the highest load, and within one process whoever has each article made anew. Milliseconds,
 * medians of 5 rounds.
 *
 *     npx tsx tests/bench/search.ts [--large DIR]      DIR is filled where it is empty, and kept
 */
const ROUNDS = 5
const QUESTIONS = 40
const SEARCHERS = 4

const questions = {
  'a word in every article': 'archive',
  'a common word (20 %)': 'council',
  'two words': 'archive council',
  'a phrase': '"archive council"',
  'a rare word': 'quagga',
  'a two-letter prefix': 'ba*',
}

/** @param large a folder with the large archive; it is filled where it is empty */
export async function measureSearch(large: string, articles = LARGE): Promise<Figures> {
  const figures = await withinOneProcess(large, articles)
  const press = await startPress(large)
  try {
    const searchers = await openCompany('searchers.ts', [press.url, ...Object.values(questions)])
    return { ...figures, 'articles, four search': await atHalfLoad(press, searchers) }
  } finally {
    await press.stop()
  }
}

async function withinOneProcess(large: string, articles: number): Promise<Figures> {
  const app = await openArchive(large, articles)
  try {
    const figures: Figures = {}
    for (const [name, question] of Object.entries(questions)) {
      await times(app, () => address(question), 5)
      const rounds = await repeated(() => times(app, () => address(question), QUESTIONS))
      figures[name] = summary(rounds)
    }
    const article = (n: number) => `/articles/story-${articles - 1 - ((n * 7) % 900)}`
    figures['articles made anew, nobody searches'] = summary(await repeated(() => times(app, article, 200)))
    figures['articles made anew, four search'] = summary(
      await whileSearching(app, () => repeated(() => times(app, article, 200))),
    )
    return figures
  } finally {
    await app.http.close()
  }
}

const address = (question: string) => `/search?q=${encodeURIComponent(question)}`

async function repeated(measure: () => Promise<number[]>): Promise<number[][]> {
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure())
  return rounds
}

function summary(rounds: number[][]): Record<string, number> {
  const middle = (share: number) => median(rounds.map(round => percentile(round, share)))
  return { p50: middle(0.5), p95: middle(0.95), p99: middle(0.99) }
}

async function times({ http }: App, url: (n: number) => string, count: number): Promise<number[]> {
  const taken: number[] = []
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    const { statusCode } = await http.inject(url(n))
    taken.push(performance.now() - start)
    if (statusCode !== 200) throw new Error(`${url(n)} answered ${statusCode}`)
  }
  return taken
}

async function whileSearching<T>({ http }: App, measure: () => Promise<T>): Promise<T> {
  let searching = true
  const words = Object.values(questions)
  const searchers = Array.from({ length: SEARCHERS }, async (_, first) => {
    for (let n = first; searching; n++) await http.inject(address(words[n % words.length] ?? ''))
  })
  try {
    return await measure()
  } finally {
    searching = false
    await Promise.all(searchers)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureAlone(measureSearch)
