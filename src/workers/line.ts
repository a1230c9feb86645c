import cluster from 'node:cluster'
import type { Fellows } from '../foundation/duties.js'
import type { Memory } from '../foundation/memory.js'
import type { Family, Gathering, Measured } from '../foundation/metrics.js'
import type { FromWorker, ToWorker } from './messages.js'

/** What a worker hears from the first process, and asks of it. */
export interface Line {
  memory: Memory
  fellows: Fellows
  gathering: Gathering
  /** Says that this worker answers requests. */
  ready(): void
  /** @param listener is told to finish, and for how many milliseconds connections may stay idle meanwhile */
  onRetire(listener: (patience: number) => void): void
}

/** Opens a worker's line. A first process that is gone takes its workers with it, so every question is answered. */
export function openLine(): Line {
  const answers = new Map<number, (value: unknown) => void>()
  const wakers: ((duty: string, what: string) => void)[] = []
  const retirers: ((patience: number) => void)[] = []
  let measure: () => Promise<Family[]> = async () => []
  let asked = 0

  process.on('message', (message: ToWorker) => {
    if ('answer' in message) {
      answers.get(message.answer)?.(message.value)
      answers.delete(message.answer)
    } else if ('measure' in message) void tellMeasured(message.measure)
    else if ('wake' in message) for (const waker of wakers) waker(message.wake, message.what)
    else for (const retirer of retirers) retirer(message.retire)
  })

  const tellMeasured = async (asked: number): Promise<void> =>
    say({ measured: asked, families: await measure() })

  const answerTo = <Answer>(question: (number: number) => FromWorker): Promise<Answer> =>
    new Promise(resolve => {
      asked += 1
      answers.set(asked, value => resolve(value as Answer))
      say(question(asked))
    })

  const ask = <Answer>(of: keyof Memory, ...values: unknown[]): Promise<Answer> =>
    answerTo(number => ({ ask: number, of, values }))

  return {
    memory: {
      count: (...values) => ask('count', ...values),
      keep: (...values) => ask('keep', ...values),
      find: (...values) => ask('find', ...values),
      forget: (...values) => ask('forget', ...values),
      forgetGroup: (...values) => ask('forgetGroup', ...values),
      secret: (...values) => ask('secret', ...values),
    },
    fellows: {
      wake: (duty, what) => say({ wake: duty, what }),
      onWake: listener => void wakers.push(listener),
    },
    gathering: {
      process: String(cluster.worker?.id ?? ''),
      async others() {
        const families = await measure()
        return answerTo<Measured[]>(number => ({ gather: number, families }))
      },
      onAsked: answer => {
        measure = answer
      },
    },
    ready: () => say({ ready: true }),
    onRetire: listener => void retirers.push(listener),
  }
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}
