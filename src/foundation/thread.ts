import { Worker } from 'node:worker_threads'

export interface ThreadOptions<Told> {
  /** path of the built program that it runs */
  program: string
  /** handed to it when it starts */
  data?: unknown
  /** milliseconds without work after which it ends */
  patience?: number
  /** takes what it tells */
  hear(told: Told): void
  /** it is gone, whatever ended it; what it was asked stays unanswered */
  gone(worker: Worker): void
}

/** A thread that is started when it is first needed and ended when nothing has been for a while; it does not keep the program open. */
export function restingThread<Told>({ program, data, patience = 60_000, hear, gone }: ThreadOptions<Told>) {
  let worker: Worker | undefined
  let rest: NodeJS.Timeout | undefined

  const start = (): Worker => {
    const started = new Worker(program, { workerData: data })
    const over = () => {
      if (worker === started) worker = undefined
      gone(started)
    }
    return started.on('message', hear).on('error', over).on('exit', over)
  }

  // Whatever comes while a thread ends begins another one.
  const stop = async (): Promise<void> => {
    clearTimeout(rest)
    const stopped = worker
    worker = undefined
    await stopped?.terminate()
  }

  return {
    /** The thread, to be given something to do; the program stays open until it is let go. */
    take(): Worker {
      clearTimeout(rest)
      worker ??= start()
      worker.ref()
      return worker
    },
    /** Nothing is under way any more. */
    letGo(): void {
      clearTimeout(rest)
      worker?.unref()
      rest = setTimeout(stop, patience).unref()
    },
    stop,
  }
}
