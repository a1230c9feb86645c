import type { Worker } from 'node:cluster'
import type { Memory } from '../foundation/memory.js'
import type { Metrics } from '../foundation/metrics.js'
import { census } from './census.js'
import type { FromWorker, Gather, Question, ToWorker } from './messages.js'

/** The first process's end of all lines: answers from its memory, passes on what wakes a duty, asks all what they measured. */
export function switchboard(
  { memory, metrics }: { memory: Memory; metrics: Metrics },
  others: (than: Worker) => Worker[],
) {
  const measurements = census({ metrics, ask: (worker, measure) => tell(worker, { measure }) })

  return {
    /** @param onReady is called once the worker answers requests */
    connect(worker: Worker, onReady: () => void): void {
      worker.on('message', (message: FromWorker) => {
        if ('ready' in message) onReady()
        else if ('measured' in message) measurements.hear(worker, message.measured, message.families)
        else if ('gather' in message) void gather(worker, message)
        else if ('wake' in message) for (const other of others(worker)) tell(other, message)
        else void answer(worker, message)
      })
      // A worker that ends while it is spoken to; its exit says all that is to be known.
      worker.on('error', () => undefined)
      worker.once('exit', () => measurements.bury(worker))
    },
  }

  async function gather(worker: Worker, { gather: asked, families }: Gather): Promise<void> {
    measurements.note(worker, families)
    tell(worker, { answer: asked, value: await measurements.of(others(worker)) })
  }

  async function answer(worker: Worker, { ask, of, values }: Question): Promise<void> {
    const method = memory[of] as (...values: unknown[]) => Promise<unknown>
    tell(worker, { answer: ask, value: await method(...values) })
  }
}

export function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}
