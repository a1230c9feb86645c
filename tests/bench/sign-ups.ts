import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { type Figures, median } from './figures.js'
import { ROUNDS } from './load.js'
import { readers } from './readers.js'
import { startRelay } from './relay.js'
import { pause, quiet, startPress, startServer } from './server.js'

const SECONDS = 3
// More than sign up in a round.
const READERS_A_ROUND = 10_000_000
const form = { 'content-type': 'application/x-www-form-urlencoded' }
let reader = 0

/** One sign-up of somebody new. @throws when it is not answered well */
export async function signUp(url: string): Promise<void> {
  const body = `email=reader-${reader++}@example.org`
  const { status } = await fetch(`${url}/newsletter`, { method: 'POST', headers: form, body })
  if (status >= 400) throw new Error(`A sign-up was answered ${status}.`)
}

/**
 * Sign-ups that are on the disk before they are answered, against what one writer's bare appends reach on that disk, and beside what
 * is left of them on bare node:http. All that follows from them is waited for after each round.
 */
export async function measureSignUps(folder: string): Promise<Figures> {
  const relay = await startRelay()
  const press = await startPress(path.join(folder, 'press'), relay.environment)
  const bare = await startServer([
    '--import',
    'tsx',
    'tests/bench/bare-sign-ups.ts',
    path.join(folder, 'bare'),
  ])
  const site = new Sqlite(path.join(folder, 'press/site.db'), { readonly: true })
  try {
    await quiet(press)
    const raw: number[] = []
    const rounds = { alone: [] as Round[], many: [] as Round[] }
    const round = async (connections: number): Promise<Round> => ({
      bare: await signUps(bare.url, connections),
      press: await signUps(press.url, connections),
      behind: await workedOff(site),
    })
    for (let number = 0; number < ROUNDS; number++) {
      raw.push(appends(path.join(folder, 'raw')))
      rounds.alone.push(await round(1))
      rounds.many.push(await round(64))
    }
    const row = (rounds: Round[]) => ({
      'press/s': median(rounds.map(({ press }) => press)),
      'control/s': median(raw),
      ratio: median(rounds.map(({ press }, number) => press / (raw[number] ?? 1))),
      'node:http/s': median(rounds.map(({ bare }) => bare)),
      'behind s': median(rounds.map(({ behind }) => behind)),
    })
    return { 'sign-ups, one client': row(rounds.alone), 'sign-ups, 64 clients': row(rounds.many) }
  } finally {
    site.close()
    await bare.stop()
    await press.stop()
    await relay.stop()
  }
}

interface Round {
  /** sign-ups a second */
  press: number
  /** what is left of them on bare node:http, a second */
  bare: number
  /** how long after the last one all that follows from them was written, in seconds */
  behind: number
}

/** Sign-ups of somebody new with each request. @returns how many a second */
async function signUps(url: string, connections: number): Promise<number> {
  reader += READERS_A_ROUND
  const load = { connections, seconds: SECONDS, pause: 0, nextReader: reader }
  return (await readers(url, {}, load)).perSecond
}

/** Waits until nothing that was acknowledged waits to be worked off, and no mail to go out. @returns for how many seconds */
async function workedOff(site: Sqlite.Database): Promise<number> {
  const waits = site.prepare('select 1 from sign_ups_received union all select 1 from outbox limit 1')
  const begun = performance.now()
  while (waits.get()) await pause(100)
  return (performance.now() - begun) / 1_000
}

/** 4 KiB appended and synced, so many times a second. */
function appends(file: string): number {
  const descriptor = openSync(file, 'a')
  const block = Buffer.alloc(4_096, 1)
  const begun = performance.now()
  let count = 0
  for (; performance.now() - begun < 1_000; count++) {
    writeSync(descriptor, block)
    fdatasyncSync(descriptor)
  }
  closeSync(descriptor)
  return (count / (performance.now() - begun)) * 1_000
}
