import autocannon from 'autocannon'
import { median } from './figures.js'
import { readers, type Waited } from './readers.js'

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
  const asked = ({ url, headers = {} }: Rival) =>
    readers(url, headers, { connections: CONNECTIONS, seconds: SECONDS, pause: 0 })
  const rounds: { press: Waited; control: Waited }[] = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ press: await asked(press), control: await asked(control) })
  return {
    'press/s': median(rounds.map(({ press }) => press.perSecond)),
    'control/s': median(rounds.map(({ control }) => control.perSecond)),
    ratio: median(rounds.map(({ press, control }) => press.perSecond / control.perSecond)),
    'p99 ms': median(rounds.map(({ press }) => press.p99)),
  }
}
