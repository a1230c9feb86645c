import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { median } from '../bench/figures.js'
import { quiet, resident, startPress } from '../bench/server.js'
import { form } from '../support/press.js'
import { ask } from '../support/workers.js'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    minutes: { type: 'string', default: '1440' },
  },
})
const REQUESTS = Number(values.requests)
/** After so long it ends, however many requests there were. */
const LASTS = Number(values.minutes) * 60_000
const AT_ONCE = 16
const TENTHS = 10

/** What a day brings, in a hundred requests. */
const day: [share: number, request: (number: number) => [address: string, body?: string]][] = [
  [40, number => [['/', '/feed.xml', '/newsletter/issues', '/sitemap.xml'][number % 4] ?? '/']],
  [20, number => [`/?page=${number % 3}`]],
  [10, number => [`/search?q=press+${number % 5_000}`]],
  [10, number => [`/articles/nothing-${number}`]],
  [8, () => ['/newsletter']],
  [
    5,
    number => [
      '/newsletter',
      new URLSearchParams({ email: `r${number}@d${number % 999}.example` }).toString(),
    ],
  ],
  [4, () => ['/tips']],
  [2, () => ['/readyz']],
  [1, number => ['/newsletter', `email=not-an-address-${number}`]],
]
const deck = day.flatMap(([share, request]) => Array.from({ length: share }, () => request))

const folder = await mkdtemp(path.join(tmpdir(), 'handpress-soak-'))
const press = await startPress(folder)
// What the pictures of the sample edition take would be taken for growth, or hide it.
await quiet(press)
const agent = new Agent({ keepAlive: true })
const statuses = new Map<number, number>()
let number = 0

async function visit(until: { number: number; time: number }, times: number[]): Promise<void> {
  while (number < until.number && performance.now() < until.time) {
    const mine = number++
    // 37 has no factor in common with 100, so each hundred has them all, mixed.
    const [address, body] = deck[(mine * 37) % 100]?.(mine) ?? ['/']
    const asked = performance.now()
    const { status } = await ask(`${press.url}${address}`, body ? { ...form({}), payload: body } : {}, agent)
    times.push(performance.now() - asked)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
}

try {
  const rows = []
  const start = performance.now()
  for (let tenth = 1; tenth <= TENTHS; tenth++) {
    const times: number[] = []
    const memory: number[] = []
    const watch = setInterval(() => memory.push(resident(press)), 200)
    const begun = performance.now()
    const part = tenth / TENTHS
    const until = { number: REQUESTS * part, time: start + LASTS * part }
    await Promise.all(Array.from({ length: AT_ONCE }, () => visit(until, times)))
    clearInterval(watch)
    rows.push({
      tenth,
      'requests/s': Math.round(times.length / ((performance.now() - begun) / 1_000)),
      'median ms': Math.round(median(times) * 100) / 100,
      'memory MB': Math.round(median(memory)),
      handles: readdirSync(`/proc/${press.child.pid}/fd`).length,
    })
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`)
  }
  process.stdout.write(`${JSON.stringify({ requests: number, statuses: Object.fromEntries(statuses) })}\n`)
} finally {
  agent.destroy()
  await press.stop()
  await rm(folder, { recursive: true, force: true })
}
