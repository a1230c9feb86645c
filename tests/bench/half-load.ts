import path from 'node:path'
import { leadArticle } from './answers.js'
import { editorAt } from './editor.js'
import { type Figures, median } from './figures.js'
import { ROUNDS } from './load.js'
import { openBench } from './open-bench.js'
import { readers, type Waited } from './readers.js'
import { pause, quiet, startPress } from './server.js'
import { signUp } from './sign-ups.js'

const SIGN_UPS = 50
const SECONDS = 5
const ALL_AT_ONCE = 64
const THINKING = 256
const account = { email: 'editor@example.org', password: 'seven horses on a green hill' }

/** How long readers wait who come at random at half of the highest load, while an editor saves each second and 50 people sign up each second. */
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
    const ask = (connections: number, pause: number) =>
      readers(article, headers, { connections, seconds: SECONDS, pause })
    const highest: number[] = []
    const waited: Waited[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const { perSecond } = await ask(ALL_AT_ONCE, 0)
      highest.push(perSecond)
      waited.push(await meanwhile(press.url, editor, () => ask(THINKING, (2 * THINKING * 1_000) / perSecond)))
    }
    const middle = (figure: (waited: Waited) => number) => median(waited.map(figure))
    return {
      'article, half load': {
        'highest/s': median(highest),
        'press/s': middle(({ perSecond }) => perSecond),
        'p50 ms': middle(({ p50 }) => p50),
        'p99 ms': middle(({ p99 }) => p99),
        'p99.9 ms': middle(({ p999 }) => p999),
        'longest ms': middle(({ longest }) => longest),
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
