import { fork } from 'node:child_process'
import path from 'node:path'
import { programFolder } from '../config.js'
import { OperatorError } from '../foundation/errors.js'
import type { Made, Order, Progress } from './making.js'

/** What the process is to do: all of it is plain values. */
export interface Task {
  dataDir: string
  databaseFile: string
  credentials?: string | undefined
  order: Omit<Order, 'onProgress'>
}

/** What it tells. */
export type Told = { progress: Progress } | { made: Made } | { problem: string }

const program = path.join(programFolder, 'dist/backup-process.js')

/**
 * Makes a backup in a process of its own: hashing, packing and checking would hold the event loop, and a thread would leave the
 * memory that it took between what others still need, where nothing gives it back to the system.
 * @param signal ends it before it is done
 * @throws OperatorError, with a sentence for whoever looks after the paper
 */
export function makeInProcess(
  task: Task,
  { onProgress, signal }: { onProgress(progress: Progress): void; signal: AbortSignal },
): Promise<Made> {
  return new Promise((resolve, reject) => {
    const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const stop = () => void child.kill('SIGKILL')
    signal.addEventListener('abort', stop)
    child.on('message', (told: Told) => {
      if ('progress' in told) onProgress(told.progress)
      else if ('made' in told) resolve(told.made)
      else reject(new OperatorError(told.problem))
    })
    child.on('error', error => reject(new OperatorError(`No backup was made: ${error.message}`)))
    // What it told comes before, whatever it ended by.
    child.on('disconnect', () => {
      signal.removeEventListener('abort', stop)
      reject(new OperatorError('The program stopped while the backup was being made.'))
    })
    child.send(task)
  })
}
