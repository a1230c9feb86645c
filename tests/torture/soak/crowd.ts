import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { onClientsCore } from '../../bench/server.js'

const run = promisify(execFile)
const script = path.join(import.meta.dirname, 'mixed.lua')
const READERS = 64

/** One kind of request, and how many of a thousand are such. */
export interface Card {
  weight: number
  address: string
  heads?: Record<string, string>
  body?: string
}

/** What a slice of the day brought. */
export interface Slice {
  requests: number
  seconds: number
  p50: number
  p99: number
  /** connections that could not be made, were cut while reading or writing, and answers that took more than ten seconds */
  cut: { connect: number; read: number; write: number; timeout: number }
  statuses: Record<string, number>
}

const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }

/**
 * Readers who ask without a pause, by wrk: whoever makes ten million requests on a machine of two cores may not take long over one.
 * @param articles how many there are of the archive
 */
export async function openReaders(folder: string, url: string, cards: Card[], articles: number) {
  const plan = path.join(folder, 'plan')
  await writeFile(plan, cards.map(line).join(''))
  let first = 0
  return {
    /** @param seconds a whole number */
    async ask(seconds: number): Promise<Slice> {
      const env = { ...process.env, PLAN: plan, ARTICLES: String(articles), FIRST: String(first) }
      first += 1_000_000
      const options = ['-t1', `-c${READERS}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url]
      const { stdout } = await run(...onClientsCore('wrk', options), { env })
      return sliceOf(stdout)
    },
  }
}

function line({ weight, address, heads = {}, body = '' }: Card): string {
  const all = Object.entries(body ? { ...urlencoded, ...heads } : heads).map(pair => pair.join('='))
  return `${[weight, body ? 'POST' : 'GET', address, all.join(';'), body].join('\t')}\n`
}

function sliceOf(printed: string): Slice {
  const [, row = ''] = /^figures (.+)$/m.exec(printed) ?? []
  if (!row) throw new Error(`wrk said nothing of what it did: ${printed}`)
  const [requests = 0, seconds = 1, p50 = 0, p99 = 0, connect = 0, read = 0, write = 0, timeout = 0] = row
    .split(' ')
    .map(Number)
  const counts = [...printed.matchAll(/^status (\d+) (\d+)$/gm)].map(([, status, count]) => [
    status,
    Number(count),
  ])
  return {
    ...{ requests, seconds, p50, p99, cut: { connect, read, write, timeout } },
    statuses: Object.fromEntries(counts),
  }
}
