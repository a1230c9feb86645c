import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildArchive } from './archive.js'
import { type Figures, printFigures } from './figures.js'
import { measureFirstVisit } from './first-visit.js'
import { measureGrowth } from './growth.js'
import { measureHalfLoad } from './half-load.js'
import { filledArchive } from './large-archive.js'
import { measureLighthouse } from './lighthouse.js'
import { measureMemory } from './memory.js'
import { measurePages } from './pages.js'
import { measureSearch } from './search.js'
import { pinClient } from './server.js'
import { measureSignUps } from './sign-ups.js'
import { measureStart } from './start.js'
import { judge, printJudgements } from './targets.js'
import { measureUncached } from './uncached.js'

/**
 * The whole table, a part after the other; each figure is the median of 5 rounds. Without names of parts, all but `lighthouse`.
 *
 *     npm run bench -- [PART…] [--articles 1000000] [--requests 1000000] [--archive DIR] [--json bench.json]
 *
 * The archive is loaded into DIR where it is empty, and kept there; without it, into a folder that goes afterwards.
 */
const { values, positionals } = parseArgs({
  options: {
    articles: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '1000000' },
    archive: { type: 'string' },
    json: { type: 'string', default: 'bench.json' },
  },
  allowPositionals: true,
})
const articles = Number(values.articles)
const folder = await mkdtemp(path.join(tmpdir(), 'handpress-bench-'))
const archive = path.resolve(values.archive ?? path.join(folder, 'archive'))

const parts: Record<string, (own: string) => Promise<Figures>> = {
  pages: measurePages,
  uncached: measureUncached,
  'half-load': measureHalfLoad,
  'sign-ups': measureSignUps,
  'first-visit': measureFirstVisit,
  loading: measureLoading,
  start: async () => named('start', await measureStart(await filled())),
  growth: async () => named('growth', await measureGrowth(archive, articles)),
  search: async () => named('search', await measureSearch(archive, articles)),
  lighthouse: measureLighthouse,
  memory: async () => measureMemory(await filled(), articles, Number(values.requests)),
}

// Fetches a program from the registry.
const onlyWhenNamed = ['lighthouse']
const wanted = positionals.length
  ? positionals
  : Object.keys(parts).filter(part => !onlyWhenNamed.includes(part))
for (const part of wanted)
  if (!parts[part])
    throw new Error(`There is no part “${part}”. There are: ${Object.keys(parts).join(', ')}.`)

const machine = { cpu: cpus()[0]?.model.trim(), cores: availableParallelism(), node: process.version }
try {
  pinClient()
  const figures: Figures = {}
  for (const part of wanted) {
    const own = path.join(folder, part)
    await mkdir(own)
    const measured = (await parts[part]?.(own)) ?? {}
    printFigures(`\n${part}`, measured)
    Object.assign(figures, measured)
  }
  const judgements = judge(figures)
  process.stdout.write(`\n${machine.cpu}, ${machine.cores} cores, node ${machine.node}\n`)
  printJudgements(judgements)
  await writeFile(values.json, `${JSON.stringify({ machine, articles, figures, judgements }, null, 2)}\n`)
  process.stdout.write(`\nWritten to ${path.resolve(values.json)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

function filled(): Promise<string> {
  return filledArchive(archive, articles)
}

/** Loads the archive, or, where it is there already, as many articles beside it. */
async function measureLoading(own: string): Promise<Figures> {
  const isThere = existsSync(path.join(archive, 'site.db'))
  if (!isThere) await mkdir(archive, { recursive: true })
  const { perSecond, memory } = await buildArchive(isThere ? own : archive, articles)
  const [early, end] = memory
  return { loading: { 'articles/s': perSecond, 'early MB': early, 'end MB': end, growth: end / early } }
}

function named(part: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, row]) => [`${part}: ${name}`, row]))
}
