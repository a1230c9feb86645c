import path from 'node:path'
import { leadArticle } from './answers.js'
import { editorAt } from './editor.js'
import { type Figures, median, percentile } from './figures.js'
import { load, ROUNDS } from './load.js'
import { openBench } from './open-bench.js'
import { pause, quiet, startPress } from './server.js'
import { signUp } from './sign-ups.js'
import { steadily } from './steady.js'

const SIGN_UPS = 50
const SECONDS = 5
const account = { email: 'editor@example.org', password: 'seven horses on a green hill' }

/** How long readers wait who come evenly at half of the highest load, while an editor saves each second and 50 people sign up each second. */
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
    const waits: number[][] = []
    for (let round = 0; round < ROUNDS; round++) {
      const { requests } = await load(article, { headers })
      highest.push(requests.average)
      const half = { perSecond: requests.average / 2, seconds: SECONDS }
      const waited = await meanwhile(press.url, editor, () => steadily(article, headers, half))
      if (waited.refused) throw new Error(`${waited.refused} readers at half load were not answered well.`)
      waits.push(waited.waits)
    }
    const middle = (share: number) => median(waits.map(round => percentile(round, share)))
    return {
      'article, half load': {
        'highest/s': median(highest),
        'press/s': median(waits.map(round => round.length / SECONDS)),
        'p50 ms': middle(0.5),
        'p99 ms': middle(0.99),
        'longest ms': middle(1),
      },
    }
  } finally {
    await press.stop()
  }
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
  const under: Promise<void>[] = []
  const clock = setInterval(() => under.push(signUp(url)), 1_000 / SIGN_UPS)
  const measured = measure().finally(() => {
    isOver = true
    clearInterval(clock)
  })
  await Promise.all([measured, saving()])
  await Promise.all(under)
  return measured
}
