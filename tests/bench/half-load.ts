import path from 'node:path'
import autocannon from 'autocannon'
import { leadArticle } from './answers.js'
import { editorAt } from './editor.js'
import { type Figures, median } from './figures.js'
import { load, ROUNDS } from './load.js'
import { openBench } from './open-bench.js'
import { pause, quiet, startPress } from './server.js'
import { signingUp } from './sign-ups.js'

const SIGN_UPS = 50
const SECONDS = 5
const account = { email: 'editor@example.org', password: 'seven horses on a green hill' }

/** How long readers wait at half of the highest load, while an editor saves each second and 50 people sign up each second. */
export async function measureHalfLoad(folder: string): Promise<Figures> {
  const dataDir = path.join(folder, 'press')
  await (await startPress(dataDir)).stop()
  const desk = await openBench(dataDir)
  await desk.staff.addAccount({ ...account, name: 'Editor', role: 'editor' })
  await desk.http.close()
  const press = await startPress(dataDir)
  try {
    const article = await leadArticle(press.url)
    const editor = await editorAt(press.url, account)
    await quiet(press)
    const headers = { 'accept-encoding': 'gzip' }
    const highest: number[] = []
    const waited: autocannon.Result[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const { requests } = await load(article, { headers })
      highest.push(requests.average)
      waited.push(await meanwhile(press.url, editor, () => half(article, headers, requests.average / 2)))
    }
    return {
      'article, half load': {
        'highest/s': median(highest),
        'press/s': median(waited.map(({ requests }) => requests.average)),
        'p50 ms': median(waited.map(({ latency }) => latency.p50)),
        'p99 ms': median(waited.map(({ latency }) => latency.p99)),
      },
    }
  } finally {
    await press.stop()
  }
}

function half(url: string, headers: Record<string, string>, overallRate: number): Promise<autocannon.Result> {
  return load(url, { headers, overallRate, duration: SECONDS })
}

async function meanwhile<T>(
  url: string,
  editor: { save(): Promise<void> },
  measure: () => Promise<T>,
): Promise<T> {
  let isOver = false
  const saving = async () => {
    for (; !isOver; await pause(1_000)) await editor.save()
  }
  const signUps = autocannon({ url, ...signingUp, connections: 5, overallRate: SIGN_UPS, duration: SECONDS })
  const [measured] = await Promise.all([
    measure().finally(() => {
      isOver = true
    }),
    saving(),
    signUps,
  ])
  return measured
}
