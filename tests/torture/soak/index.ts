import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { programFolder } from '../../../src/config.js'
import { buildArchive } from '../../bench/archive.js'
import { median } from '../../bench/figures.js'
import { freeToRoam, onClientsCore, quiet, resident, type Served, startPress } from '../../bench/server.js'
import { freePort } from '../../support/program.js'
import { openReaders, type Slice } from './crowd.js'
import { aDay } from './day.js'
import type { Tenth } from './level.js'
import { openNewsroom, settle } from './newsroom.js'

export interface Soak {
  tenths: Tenth[]
  requests: number
  statuses: Record<string, number>
  cut: Slice['cut']
  /** what people at the desk and sources did meanwhile */
  deeds: number
}

export interface SoakOptions {
  requests: number
  /** after so long it ends, however many requests there were */
  minutes: number
  /** beside the sample edition */
  articles?: number
  onTenth?(tenth: Tenth): void
}

const TENTHS = 10
const LONGEST_SLICE = 10
const GUESS = 5_000

/** A day’s requests, one after the other, over the program as it is run: on all cores, with its log on. */
export async function soak({ requests, minutes, articles = 20_000, onTenth }: SoakOptions): Promise<Soak> {
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-soak-'))
  const dataDir = path.join(folder, 'press')
  const relay = await freePort()
  const sink = startSink(relay)
  let press: Served | undefined
  try {
    const first = await startPress(dataDir)
    // What the pictures of the sample edition take would be taken for growth, or hide it.
    await quiet(first)
    await first.stop()
    await buildArchive(dataDir, articles)
    await settle(dataDir)
    press = await startPress(dataDir, { SMTP_URL: `smtp://127.0.0.1:${relay}`, LOG_LEVEL: 'info' })
    freeToRoam(press)
    return await live(press, { folder, requests, minutes, articles, onTenth })
  } finally {
    await press?.stop()
    sink.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

async function live(
  press: Served,
  {
    folder,
    requests,
    minutes,
    articles,
    onTenth,
  }: Required<Omit<SoakOptions, 'onTenth'>> & { folder: string; onTenth: SoakOptions['onTenth'] },
): Promise<Soak> {
  const readers = await openReaders(folder, press.url, await aDay(press.url), articles)
  const newsroom = await openNewsroom(press.url)
  const start = performance.now()
  const all: Slice[] = []
  const tenths: Tenth[] = []
  let rate = GUESS
  for (let tenth = 1; tenth <= TENTHS; tenth++) {
    const slices: Slice[] = []
    const watch = watching(press)
    const seldom = newsroom.seldom(tenth)
    // Thrown below, where the program is still ended.
    seldom.catch(() => undefined)
    const isOver = (left: number) =>
      left <= 0 || performance.now() - start > (minutes * 60_000 * tenth) / TENTHS
    let left = (requests * tenth) / TENTHS - sum(all.map(slice => slice.requests))
    do {
      const slice = await readers.ask(Math.max(1, Math.min(LONGEST_SLICE, Math.round(left / rate))))
      slices.push(slice)
      left -= slice.requests
      rate = slice.requests / slice.seconds
    } while (!isOver(left))
    await seldom
    all.push(...slices)
    tenths.push({ tenth, ...summed(slices), ...(await watch.end()) })
    onTenth?.(tenths.at(-1) as Tenth)
  }
  await newsroom.goHome()
  const cut = { connect: 0, read: 0, write: 0, timeout: 0 }
  for (const kind of Object.keys(cut) as (keyof typeof cut)[])
    cut[kind] = sum(all.map(slice => slice.cut[kind]))
  return {
    ...{ tenths, cut, requests: sum(all.map(slice => slice.requests)) },
    ...{ statuses: statusesOf(all), deeds: newsroom.done() },
  }
}

function summed(slices: Slice[]) {
  const requests = sum(slices.map(slice => slice.requests))
  const of5xx = Object.entries(statusesOf(slices)).filter(([status]) => status.startsWith('5'))
  return {
    requests,
    'requests/s': Math.round(requests / sum(slices.map(slice => slice.seconds))),
    'p50 ms': rounded(median(slices.map(slice => slice.p50))),
    'p99 ms': rounded(median(slices.map(slice => slice.p99))),
    '5xx': sum(of5xx.map(([, count]) => count)),
    cut: sum(slices.flatMap(slice => Object.values(slice.cut))),
  }
}

/** Looks at what the program takes, until the end. */
function watching(press: Served) {
  const memory: number[] = []
  const open: { files: number; sockets: number }[] = []
  const heap: number[] = []
  const looking = setInterval(() => {
    memory.push(resident(press))
    open.push(openBy(press))
  }, 200)
  const asking = setInterval(async () => heap.push(await heapOf(press)), 1_000)
  return {
    async end() {
      clearInterval(looking)
      clearInterval(asking)
      return {
        'memory MB': Math.round(median(memory)),
        'heap MB': Math.round(median([...heap, await heapOf(press)])),
        // What is being sent and the files of a backup come and go: what is never closed is among the fewest as well.
        files: Math.min(...open.map(({ files }) => files)),
        sockets: Math.round(median(open.map(({ sockets }) => sockets))),
      }
    },
  }
}

async function heapOf({ url }: Served): Promise<number> {
  const text = await (await fetch(`${url.replace('127.0.0.1', 'localhost')}/metrics`)).text()
  return Number(/^process_heap_bytes\S* ([\d.e+]+)$/m.exec(text)?.[1] ?? 0) / 1_048_576
}

function openBy({ child }: Served): { files: number; sockets: number } {
  const folder = `/proc/${child.pid}/fd`
  const targets = readdirSync(folder).map(name => {
    try {
      return readlinkSync(path.join(folder, name))
    } catch {
      // It was closed meanwhile.
      return ''
    }
  })
  const sockets = targets.filter(target => target.startsWith('socket:')).length
  return { files: targets.filter(Boolean).length - sockets, sockets }
}

function startSink(port: number): ChildProcess {
  const program = path.join(programFolder, 'tests/bench/mail-sink.ts')
  const [command, rest] = onClientsCore(process.execPath, ['--import', 'tsx', program, String(port)])
  return spawn(command, rest, { cwd: programFolder, stdio: 'ignore' })
}

function statusesOf(slices: Slice[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { statuses } of slices)
    for (const [status, count] of Object.entries(statuses)) counts[status] = (counts[status] ?? 0) + count
  return counts
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
const rounded = (value: number): number => Math.round(value * 100) / 100
