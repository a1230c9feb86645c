import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { leadArticle, rawAnswer } from './answers.js'
import { type Company, type Done, openCompany } from './company.js'
import { type Figures, median } from './figures.js'
import { ROUNDS } from './load.js'
import { openBench } from './open-bench.js'
import { readers, type Waited } from './readers.js'
import { startRelay } from './relay.js'
import { quiet, type Served, startPress, startServer } from './server.js'

const SECONDS = 5
const ALL_AT_ONCE = 64
const THINKING = 256
const asked = { 'accept-encoding': 'gzip' }
const account = { email: 'editor@example.org', password: 'seven horses on a green hill' }

/** How long readers wait at half of the highest load while an editor saves each second and 50 people sign up each second. */
export async function measureHalfLoad(folder: string): Promise<Figures> {
  const dataDir = path.join(folder, 'press')
  await (await startPress(dataDir)).stop()
  const desk = await openBench(dataDir)
  await desk.staff.addAccount({ ...account, name: 'Editor', role: 'editor' })
  await desk.http.close()
  const relay = await startRelay()
  const press = await startPress(dataDir, relay.environment)
  try {
    const newsroom = await openCompany('newsroom.ts', [press.url, JSON.stringify(account)])
    const figures = { 'article, half load': await atHalfLoad(press, newsroom) }
    return {
      ...figures,
      'bare node:http, half load': await bareAtHalfLoad(press, path.join(folder, 'answers.json')),
    }
  } finally {
    await press.stop()
    await relay.stop()
  }
}

/** The same load on a server that does nothing else: what of the wait is the machine's own. */
async function bareAtHalfLoad(press: Served, file: string): Promise<Record<string, number>> {
  const { status, headers, body } = await rawAnswer(await leadArticle(press.url), asked)
  await writeFile(file, JSON.stringify({ '/page': { status, headers, body: body.toString('base64') } }))
  const bare = await startServer(['--import', 'tsx', 'tests/bench/bare.ts', file])
  const nobody = {
    during: async <T>(measure: () => Promise<T>) => ({ measured: await measure(), done: {} }),
    close() {},
  }
  try {
    return await halfLoad(`${bare.url}/page`, nobody)
  } finally {
    await bare.stop()
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
    return await halfLoad(article, others)
  } finally {
    others.close()
  }
}

async function halfLoad(url: string, others: Company): Promise<Record<string, number>> {
  const ask = (connections: number, pause: number) =>
    readers(url, asked, { connections, seconds: SECONDS, pause })
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
}
