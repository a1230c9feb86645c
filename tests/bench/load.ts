import autocannon from 'autocannon'
import { median } from './figures.js'

export const ROUNDS = 5
const SECONDS = 3
const CONNECTIONS = 64

/** Asks as fast as answers come; all of them must be good. */
export async function load(
  url: string,
  options: Partial<autocannon.Options> = {},
): Promise<autocannon.Result> {
  const result = await autocannon({ url, connections: CONNECTIONS, duration: SECONDS, ...options })
  if (result['4xx'] + result['5xx'] + result.errors || !result.requests.total)
    throw new Error(`${url}: ${result['4xx']} × 4xx, ${result['5xx']} × 5xx, ${result.errors} errors`)
  return result
}

interface Rival {
  url: string
  headers?: Record<string, string>
}

/** Two that take turns, round by round; the medians of what each answers in a second, and of their ratios. */
export async function compare(press: Rival, control: Rival): Promise<Record<string, number>> {
  const rounds: { press: number; control: number; p99: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const { requests, latency } = await load(press.url, { headers: press.headers ?? {} })
    const other = await load(control.url, { headers: control.headers ?? {} })
    rounds.push({ press: requests.average, control: other.requests.average, p99: latency.p99 })
  }
  return {
    'press/s': median(rounds.map(round => round.press)),
    'control/s': median(rounds.map(round => round.control)),
    ratio: median(rounds.map(round => round.press / round.control)),
    'p99 ms': median(rounds.map(round => round.p99)),
  }
}
