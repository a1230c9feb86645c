import path from 'node:path'
import { leadArticle } from './answers.js'
import { type Company, type Done, openCompany } from './company.js'
import { type Figures, median } from './figures.js'
import { ROUNDS } from './load.js'
import { openBench } from './open-bench.js'
import { readers, type Waited } from './readers.js'
import { quiet, type Served, startPress } from './server.js'

const SECONDS = 5
const ALL_AT_ONCE = 64
const THINKING = 256
const account = { email: 'editor@example.org', password: 'seven horses on a green hill' }

/** How long readers wait at half of the highest load while an editor saves each second and 50 people sign up each second. */
export async function measureHalfLoad(folder: string): Promise<Figures> {
  const dataDir = path.join(folder, 'press')
  await (await startPress(dataDir)).stop()
  const desk = await openBench(dataDir)
  await desk.staff.addAccount({ ...account, name: 'Editor', role: 'editor' })
  await desk.http.close()
  const press = await startPress(dataDir)
  try {
    const newsroom = await openCompany('newsroom.ts', [press.url, JSON.stringify(account)])
    return { 'article, half load': await atHalfLoad(press, newsroom) }
  } finally {
    await press.stop()
  }
}

/**
 * How long readers of an article wait who come at random at half of the highest load, while others use the press.
 * @param others are sent away afterwards
 */
export async function atHalfLoad(press: Served, others: Company): Promise<Record<string, number>> {
  try {
    const article = await leadArticle(press.url)
    await quiet(press)
    const headers = { 'accept-encoding': 'gzip' }
    const ask = (connections: number, pause: number) =>
      readers(article, headers, { connections, seconds: SECONDS, pause })
    const highest: number[] = []
    const waited: Waited[] = []
    const happened: Done[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const { perSecond } = await ask(ALL_AT_ONCE, 0)
      highest.push(perSecond)
      const { measured, done } = await others.during(() => ask(THINKING, (2 * THINKING * 1_000) / perSecond))
      waited.push(measured)
      happened.push(done)
    }
    const middle = (figure: (waited: Waited) => number) => median(waited.map(figure))
    return {
      'highest/s': median(highest),
      'press/s': middle(({ perSecond }) => perSecond),
      'p50 ms': middle(({ p50 }) => p50),
      'p99 ms': middle(({ p99 }) => p99),
      'p99.9 ms': middle(({ p999 }) => p999),
      'longest ms': middle(({ longest }) => longest),
      ...Object.fromEntries(
        Object.keys(happened[0] ?? {}).map(what => [
          `${what}/s`,
          median(happened.map(done => (done[what] ?? 0) / SECONDS)),
        ]),
      ),
    }
  } finally {
    others.close()
  }
}
