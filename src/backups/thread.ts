import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { programFolder } from '../config.js'
import { OperatorError } from '../foundation/errors.js'
import type { Made, Order, Progress } from './making.js'

/** What the thread is to do: all of it is plain values. */
export interface Task {
  dataDir: string
  databaseFile: string
  credentials?: string | undefined
  order: Omit<Order, 'onProgress'>
}

/** What it tells. */
export type Told = { progress: Progress } | { made: Made } | { problem: string }

const program = path.join(programFolder, 'dist/backup-thread.js')

/**
 * Makes a backup on a thread of its own: hashing, packing and checking would hold the event loop.
 * @param signal ends it before it is done
 * @throws OperatorError, with a sentence for whoever looks after the paper
 */
export function makeOnThread(
  task: Task,
  { onProgress, signal }: { onProgress(progress: Progress): void; signal: AbortSignal },
): Promise<Made> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData: task })
    const stop = () => void worker.terminate()
    signal.addEventListener('abort', stop)
    worker.on('message', (told: Told) => {
      if ('progress' in told) onProgress(told.progress)
      else if ('made' in told) resolve(told.made)
      else reject(new OperatorError(told.problem))
    })
    worker.on('error', error => reject(new OperatorError(`No backup was made: ${error.message}`)))
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop)
      reject(new OperatorError('The program stopped while the backup was being made.'))
    })
  })
}
