import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { programFolder } from '../../src/config.js'
import { onClientsCore } from './server.js'

const run = promisify(execFile)
const script = path.join(programFolder, 'tests/bench/visitors.lua')

export interface Load {
  connections: number
  seconds: number
  /** milliseconds between two requests in the middle; 0 for as fast as answers come */
  pause: number
  /** the number of the first reader who signs up for the newsletter; without it pages are asked for */
  nextReader?: number
}

/** What readers waited, in milliseconds, and how many were answered in a second. */
export interface Waited {
  perSecond: number
  p50: number
  p99: number
  p999: number
  longest: number
}

/**
 * Readers who ask for a page or sign up, pause for a random time and ask again, made by wrk, whose own work is small enough to tell single
 * milliseconds. (autocannon gives out a second's requests at the second's beginning, and with a rate it counts waits that nobody had.)
 * @throws when wrk is not there (apt-get install wrk), or somebody was not answered well
 */
export async function readers(
  url: string,
  headers: Record<string, string>,
  { connections, seconds, pause, nextReader }: Load,
): Promise<Waited> {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const options = [
    '-t1',
    '--timeout',
    '10s',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    ...lines,
    url,
  ]
  const env = {
    ...{ ...process.env, PAUSE: String(pause) },
    ...(nextReader !== undefined && { NEXT_READER: String(nextReader) }),
  }
  const { stdout } = await run(...onClientsCore('wrk', options), { env })
  const [, row = ''] = /^figures (.+)$/m.exec(stdout) ?? []
  const [requests = 0, duration = 1, errors, p50 = 0, p99 = 0, p999 = 0, longest = 0] = row
    .split(' ')
    .map(Number)
  if (errors !== 0) throw new Error(`${url}: ${errors} readers were not answered well.\n${stdout}`)
  return { perSecond: requests / duration, p50, p99, p999, longest }
}
