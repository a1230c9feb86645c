import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../foundation/log.js'
import type { Memory } from '../foundation/memory.js'
import type { Metrics } from '../foundation/metrics.js'
import { switchboard, tell } from './switchboard.js'

export interface OverseerServices {
  /** what the workers have in common */
  memory: Memory
  /** what this process measured itself */
  metrics: Metrics
  log: Log
  /** what is added to the environment of a worker that is begun now */
  forWorkers(): Record<string, string>
}

/** A worker that lived for so long, in milliseconds, did not die of its start. */
const GROWN_UP = 10_000
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 30_000
const MOST_DEATHS = 8
// Browsers believe that a connection lives on for a while; on each that speaks meanwhile they are told to open another.
const IDLE_AT_MOST = 5_000
// Longer than any request may take.
const RETIRED_AT_MOST = 330_000
const WAIT_FOR_RETIRED = 15_000

/**
 * Keeps workers alive which share the port. The first of them prepares what all stand on, so the others are begun once it
 * answers. SIGHUP puts new ones in their places one after the other, SIGTERM and SIGINT end them all.
 * @returns never, but ends the process: with 0 when told to, or with the code of a first worker that cannot start
 */
export async function oversee(
  count: number,
  { memory, metrics, log, forWorkers }: OverseerServices,
): Promise<void> {
  // They take connections from one socket by themselves. Handed out in turn, as is the default, some go to a worker that is dying, and
  // their clients wait for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const alive = new Set<Worker>()
  const serving = new Set<Worker>()
  let ending = false
  // Of workers that had hardly begun, in a row.
  let deaths = 0
  let reloading: Promise<void> | undefined
  const board = switchboard({ memory, metrics }, than => [...alive].filter(worker => worker !== than))

  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  await begin().catch(({ code }: WorkerEnded) => process.exit(code || 1))
  process.on('SIGHUP', () => {
    reloading = (reloading ?? Promise.resolve()).then(reload)
  })
  await Promise.all(Array.from({ length: count - 1 }, add))

  /** @returns a worker that answers requests */
  function begin(): Promise<Worker> {
    const worker = cluster.fork(forWorkers())
    const born = performance.now()
    alive.add(worker)
    return new Promise((resolve, reject) => {
      board.connect(worker, () => {
        serving.add(worker)
        log.info({ worker: worker.process.pid }, 'a worker serves')
        if (ending) retire(worker, 0)
        resolve(worker)
      })
      worker.once('exit', (code: number, signal: string | null) => {
        alive.delete(worker)
        deaths = performance.now() - born > GROWN_UP ? 0 : deaths + 1
        if (serving.delete(worker) && !ending) lose(worker, code, signal)
        reject(new WorkerEnded(code))
        if (ending && alive.size === 0) process.exit(0)
      })
    })
  }

  function lose(worker: Worker, code: number, signal: string | null): void {
    const { pid } = worker.process
    log.warn({ worker: pid, code, signal }, 'a worker ended; another one takes its place')
    void add()
  }

  /** Tries until there is one more, each time after a longer pause; gives up when there is nobody left. */
  async function add(): Promise<void> {
    while (!ending) {
      if (deaths > 0) await pause(Math.min(FIRST_PAUSE * 2 ** (deaths - 1), LONGEST_PAUSE))
      try {
        await begin()
        return
      } catch {
        if (deaths < MOST_DEATHS || serving.size > 0 || ending) continue
        log.fatal('workers end as soon as they are started; what they logged says why')
        process.exit(1)
      }
    }
  }

  async function reload(): Promise<void> {
    for (const old of [...serving]) {
      if (ending) return
      try {
        await begin()
      } catch {
        log.error('a new worker could not start: the old ones stay')
        return
      }
      // Not after it: on a small machine there is room for one more, not for as many more.
      if (serving.has(old)) await retire(old, IDLE_AT_MOST)
    }
    log.info('all workers are new')
  }

  async function retire(worker: Worker, patience: number): Promise<void> {
    // So that its end is not taken for a death.
    serving.delete(worker)
    tell(worker, { retire: patience })
    setTimeout(() => worker.process.kill('SIGKILL'), RETIRED_AT_MOST).unref()
    await Promise.race([once(worker, 'exit'), pause(WAIT_FOR_RETIRED, undefined, { ref: false })])
  }

  function end(): void {
    ending = true
    for (const worker of alive) {
      if (serving.has(worker)) void retire(worker, 0)
      else worker.process.kill('SIGTERM')
    }
    if (alive.size === 0) process.exit(0)
  }
}

class WorkerEnded extends Error {
  override name = 'WorkerEnded'
  constructor(readonly code: number) {
    super('The worker ended.')
  }
}
