import type { Worker } from 'node:cluster'
import { type Family, type Measured, type Metrics, together } from '../foundation/metrics.js'

// Prometheus itself waits for ten seconds.
const PATIENCE = 2_000

export interface CensusServices {
  /** what this process measured itself */
  metrics: Metrics
  /** @param question to be told to `hear` with the answer */
  ask(worker: Worker, question: number): void
}

/** What workers measured, those that are gone included: a sum that fell would look like a program that began anew. */
export function census({ metrics, ask }: CensusServices) {
  const latest = new Map<number, Family[]>()
  const waiting = new Map<number, (families: Family[]) => void>()
  let departed: Family[] = []
  let asked = 0

  const one = async (worker: Worker): Promise<Measured> => {
    const question = ++asked
    let timer: NodeJS.Timeout | undefined
    const families = await new Promise<Family[]>(resolve => {
      timer = setTimeout(() => resolve(latest.get(worker.id) ?? []), PATIENCE)
      waiting.set(question, resolve)
      ask(worker, question)
    })
    clearTimeout(timer)
    waiting.delete(question)
    return { process: String(worker.id), families }
  }

  const note = (worker: Worker, families: Family[]): void => {
    if (!worker.isDead()) latest.set(worker.id, families)
  }

  return {
    /** Remembers what a worker measured so far. */
    note,

    hear(worker: Worker, question: number, families: Family[]): void {
      note(worker, families)
      waiting.get(question)?.(families)
    },

    /** What each of them measured, this process as `0`, and those that are gone together. */
    async of(workers: Worker[]): Promise<Measured[]> {
      const own = { process: '0', families: await metrics.families('all') }
      const others = await Promise.all(workers.map(one))
      return [own, ...others, { process: 'departed', families: departed }]
    },

    /** Keeps the sums of a worker that is gone, as it told them last. */
    bury({ id }: Worker): void {
      const sums = (latest.get(id) ?? []).filter(
        ({ kind, together: how }) => how === 'sum' && kind !== 'gauge',
      )
      departed = together([
        { process: '', families: departed },
        { process: '', families: sums },
      ])
      latest.delete(id)
    },
  }
}
