import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { leadArticle } from './answers.js'
import { type Figures, median } from './figures.js'
import { onAllCores, quiet, startPress, startServer } from './server.js'

/** Not among the packages of the program: it would bring 162, one of them without a licence. npx fetches it, outside. */
const LIGHTHOUSE = 'lighthouse@12.8.2'
const ROUNDS = 3
const CHROMIUM = '/usr/bin/chromium'

const Score = z.object({ score: z.number() })
const Report = z.object({
  categories: z.object({ performance: Score, accessibility: Score, 'best-practices': Score, seo: Score }),
  audits: z.object({
    'total-blocking-time': z.object({ numericValue: z.number() }),
    'largest-contentful-paint': z.object({ numericValue: z.number() }),
  }),
})

const SENTENCE =
  '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A page</title><p>One sentence.'

/**
 * Lighthouse's categories, 0 to 100, as on a phone; medians of 3 rounds on pages of the sample edition, and on a page of one sentence from
 * bare node:http: what that takes is the browser's own, also where other sites get no hold of the window, as on the tip line: it starts
 * another process for that. On one core its processes and Lighthouse would wait for one another, which counts as the page's, four times over.
 */
export async function measureLighthouse(folder: string): Promise<Figures> {
  const press = await startPress(path.join(folder, 'press'))
  const answers = path.join(folder, 'answers.json')
  const body = Buffer.from(SENTENCE).toString('base64')
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  const guarded = { ...headers, 'cross-origin-opener-policy': 'same-origin' }
  await writeFile(
    answers,
    JSON.stringify({
      '/sentence': { status: 200, headers, body },
      '/guarded': { status: 200, headers: guarded, body },
    }),
  )
  const bare = await startServer(['--import', 'tsx', 'tests/bench/bare.ts', answers])
  try {
    const lead = await leadArticle(press.url)
    await quiet(press)
    const { url } = press
    const pages = {
      'lighthouse: article': lead,
      'lighthouse: front page': `${url}/`,
      'lighthouse: listing': `${url}/archive`,
      'lighthouse: tips': `${url}/tips`,
      'one sentence, by Lighthouse': `${bare.url}/sentence`,
      'the same in a guarded window': `${bare.url}/guarded`,
    }
    const figures: Figures = {}
    for (const [name, page] of Object.entries(pages)) {
      const rounds: Record<string, number>[] = []
      for (let round = 0; round < ROUNDS; round++)
        rounds.push(await examined(page, path.join(folder, `${round}.json`)))
      const middle = (figure: string) => median(rounds.map(one => one[figure] ?? Number.NaN))
      figures[name] = Object.fromEntries(Object.keys(rounds[0] ?? {}).map(figure => [figure, middle(figure)]))
    }
    return figures
  } finally {
    await press.stop()
    await bare.stop()
  }
}

async function examined(url: string, report: string): Promise<Record<string, number>> {
  const own = ['--quiet', '--no-enable-error-reporting', '--chrome-flags=--headless=new --no-sandbox']
  const lighthouse = ['--yes', LIGHTHOUSE, url, ...own, '--output=json', `--output-path=${report}`]
  const run = () =>
    promisify(execFile)(...onAllCores('npx', lighthouse), {
      cwd: path.dirname(report),
      env: { ...process.env, CHROME_PATH: CHROMIUM },
    })
  // Now and then it misses the start of its own trace (NO_NAVSTART), and says to run it again.
  await run().catch(run)
  const { categories, audits } = Report.parse(JSON.parse(await readFile(report, 'utf8')))
  return {
    performance: categories.performance.score * 100,
    accessibility: categories.accessibility.score * 100,
    'best practices': categories['best-practices'].score * 100,
    seo: categories.seo.score * 100,
    'blocked ms': audits['total-blocking-time'].numericValue,
    'largest paint ms': audits['largest-contentful-paint'].numericValue,
  }
}
