import { existsSync } from 'node:fs'
import path from 'node:path'
import { buildArchive } from './archive.js'
import type { Figures } from './figures.js'
import { load } from './load.js'
import { pause, resident, startPress } from './server.js'

const PAGES = 100_000
const REST = 3_000

/** Resident memory: at rest, and after half and all of so many requests over 100,000 pages. @param dataDir of an archive; filled where it is empty */
export async function measureMemory(
  dataDir: string,
  articles: number,
  requests = 1_000_000,
): Promise<Figures> {
  if (!existsSync(path.join(dataDir, 'site.db'))) await buildArchive(dataDir, articles)
  const press = await startPress(dataDir)
  try {
    await pause(REST)
    const idle = resident(press)
    const pages = Math.min(PAGES, articles)
    let asked = 0
    const next = (request: object) => ({ ...request, path: `/articles/story-${(asked++ * 7_919) % pages}` })
    const ask = async (amount: number): Promise<number> => {
      await load(press.url, {
        ...{ amount, requests: [{ setupRequest: next }], headers: { 'accept-encoding': 'gzip' } },
      })
      return resident(press)
    }
    const middle = await ask(requests / 2)
    const end = await ask(requests / 2)
    return { memory: { 'idle MB': idle, 'half way MB': middle, 'at the end MB': end, growth: end / middle } }
  } finally {
    await press.stop()
  }
}
